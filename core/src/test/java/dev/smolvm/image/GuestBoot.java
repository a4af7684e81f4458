package dev.smolvm.image;

import dev.smolvm.disk.Qcow2Overlay;
import dev.smolvm.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Boots an image in plain QEMU under TCG, without any of our own VMM code, and reads its console. */
final class GuestBoot implements AutoCloseable {
    /** As with {@code --disk-size}: the guest has to grow its file system. */
    private static final long LARGER_BY = 4L << 30;

    private final Process qemu;
    private final Path console;
    private final long started = System.nanoTime();

    private GuestBoot(Process qemu, Path console) {
        this.qemu = qemu;
        this.console = console;
    }

    static GuestBoot start(Store store, ImageManifest image, Path directory, String more, String... arguments)
            throws IOException {
        var boot = (ImageManifest.Boot.DirectKernel) image.boot();
        Path overlay = directory.resolve("overlay.qcow2");
        Files.deleteIfExists(overlay);
        Qcow2Overlay.create(overlay, image.diskBytes() + LARGER_BY, Qcow2Overlay.Sync.NO);
        Path console = directory.resolve("console.log");
        Files.deleteIfExists(console);
        List<String> line = new ArrayList<>(List.of(
                "qemu-system-x86_64",
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-machine",
                "q35,accel=tcg",
                "-cpu",
                "max",
                "-m",
                "512",
                "-no-reboot",
                "-serial",
                "file:" + console,
                "-kernel",
                store.layout().blob(boot.kernel()).toString(),
                "-initrd",
                store.layout().blob(boot.initrd()).toString(),
                "-append",
                boot.commandLine() + " " + more,
                "-blockdev",
                "driver=qcow2,node-name=base,read-only=on,file.driver=file,file.filename="
                        + store.layout().blob(image.root()),
                "-blockdev",
                "driver=qcow2,node-name=root,backing=base,file.driver=file,file.filename=" + overlay,
                "-device",
                "virtio-blk-pci,drive=root,serial=root"));
        line.addAll(List.of(arguments));
        Process qemu = new ProcessBuilder(line).inheritIO().start();
        return new GuestBoot(qemu, console);
    }

    /** How long it took until the console showed the text. */
    Duration await(String text, Duration limit) throws IOException, InterruptedException {
        while (true) {
            if (Files.exists(console) && Files.readString(console).contains(text)) {
                return Duration.ofNanos(System.nanoTime() - started);
            }
            if (!qemu.isAlive() || System.nanoTime() - started > limit.toNanos()) {
                throw new AssertionError("'" + text + "' did not appear: " + log());
            }
            Thread.sleep(20);
        }
    }

    String log() throws IOException {
        return Files.exists(console) ? Files.readString(console) : "";
    }

    @Override
    public void close() throws Exception {
        qemu.destroyForcibly().waitFor();
    }
}

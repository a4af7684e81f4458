package dev.smolvm.cli;

import dev.smolvm.json.Json;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * What the training run creates, saves and restores sandboxes with, since there may be no QEMU where the tool is built: an
 * image of nothing, a program that only sleeps, and a {@link TrainingMonitor} and a {@link TrainingAgent} in each directory
 * that such a program is started in.
 */
final class TrainingVmm implements AutoCloseable {
    /** As little as a sandbox can have. */
    static final int MEMORY_MIB = 64;

    private static final String IMAGE = "tiny";
    private static final int FILE_BYTES = 4096;
    private static final int CLUSTER_BITS = 16;

    private final Path home;
    private final Path program;
    private final List<Closeable> open = new ArrayList<>();
    private final Thread watcher;
    private volatile boolean closed;

    TrainingVmm(Path home) throws IOException {
        this.home = home;
        program = home.resolveSibling("qemu");
        // It ends by itself, should nobody be left to end it.
        Files.writeString(program, "#!/bin/sh\nexec sleep 100\n");
        if (!program.toFile().setExecutable(true)) {
            throw new IOException("cannot make " + program + " executable");
        }
        makeAnswers();
        makeImage();
        watcher = Thread.ofPlatform().daemon().start(this::watch);
    }

    /** For {@code SMOLVM_QEMU}. */
    Path program() {
        return program;
    }

    /** Whether there is a template of the image: without, a sandbox boots, and nobody would see that nothing was restored. */
    static boolean hasTemplate(Path home) {
        return files(home.resolve("images").resolve(IMAGE).resolve("templates").toFile()).length > 0;
    }

    /** What a QEMU 10.0 answers when it is asked what it can do. */
    private void makeAnswers() throws IOException {
        String key = program.toRealPath() + " " + Files.size(program) + " "
                + Files.getLastModifiedTime(program).toMillis();
        Json answers = Json.object()
                .put("key", key)
                .put("version", "10.0.2")
                .put("machine_type", "pc-q35-10.0")
                .put("mapped_ram", true)
                .put("direct_io", true)
                .put("maps_read_only", true)
                .put("set_active", true)
                .put("preloads", true)
                .build();
        Path tools = Files.createDirectories(home.resolve("tools"));
        Files.writeString(tools.resolve("qemu.json"), answers.pretty());
    }

    private void makeImage() throws IOException {
        String manifest = TrainingSandbox.resource("training/image.json");
        Path image = Files.createDirectories(home.resolve("images").resolve(IMAGE));
        Files.writeString(image.resolve("manifest.json"), manifest);
        Path layers = home.resolve("layers");
        Files.write(layers.resolve("fb98895acdf3be1fbc4cb50c4c0f3bd2.vmlinux"), new byte[FILE_BYTES]);
        Files.write(layers.resolve("4fd28c16cb19b063be73d3cb6f3ddbf1.initrd"), new byte[FILE_BYTES]);
        // A qcow2 header of version 2, of a disk without content.
        ByteBuffer disk = ByteBuffer.allocate(2 << CLUSTER_BITS);
        disk.putInt(0x514649fb).putInt(2).putInt(20, CLUSTER_BITS);
        disk.putLong(48, 1 << CLUSTER_BITS).putInt(56, 1);
        Files.write(layers.resolve("7db5a32bee409e489d1bd521362beb01.qcow2"), disk.array());
    }

    private void watch() {
        while (!closed) {
            for (File sandbox : files(home.resolve("sandboxes").toFile())) {
                for (File run : files(new File(sandbox, "vm"))) {
                    serve(run.toPath());
                }
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** None of a directory that is not there, or not any more. */
    private static File[] files(File directory) {
        File[] files = directory.listFiles();
        return files == null ? new File[0] : files;
    }

    /** Where the program was started, and nobody answers yet. */
    private void serve(Path run) {
        if (!Files.exists(run.resolve("qemu.log")) || Files.exists(run.resolve("qmp.sock"))) {
            return;
        }
        try {
            open.add(new TrainingAgent(run.resolve("agent-0.sock")));
            open.add(new TrainingMonitor(run.resolve("observe.sock"), MEMORY_MIB << 20));
            open.add(new TrainingMonitor(run.resolve("qmp.sock"), MEMORY_MIB << 20));
        } catch (IOException e) {
            // Its sandbox is being removed; else the command finds no monitor, and the build fails.
            return;
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        closed = true;
        watcher.join();
        for (Closeable socket : open) {
            socket.close();
        }
        // Those of a run that failed.
        ProcessHandle.current().children().forEach(ProcessHandle::destroyForcibly);
        Files.delete(program);
    }
}

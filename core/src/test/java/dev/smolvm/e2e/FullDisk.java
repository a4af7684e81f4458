package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.image.Images;
import dev.smolvm.os.Command;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.sandbox.DriveRequest;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Run by {@link FullDiskIT} in a mount namespace of its own: {@code FullDisk STORE LAB_STORE DRIVE}. */
final class FullDisk {
    private static final long LEFT = 64 << 10;
    private static final int DRIVE = 40 << 20;

    private final SmolVm vm;
    private final StoreLayout layout;
    private final Path ballast;
    private final Box box;
    private Optional<SnapshotInfo> last = Optional.empty();
    private String now = "";

    private FullDisk(SmolVm vm, Path ballast, Box box) {
        this.vm = vm;
        this.layout = vm.store().layout();
        this.ballast = ballast;
        this.box = box;
    }

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        SmolVm vm = SmolVm.open(home, Duration.ofSeconds(5));
        copyImage(new StoreLayout(Path.of(arguments[1])), vm.store().layout());
        SandboxName name = new SandboxName("full");
        Path drive = Path.of(arguments[2]);
        byte[] data = new byte[DRIVE];
        new Random(1).nextBytes(data);
        Files.write(drive, data);
        vm.sandboxes().create(request(name, drive), Progress.NONE);
        try {
            FullDisk disk = new FullDisk(vm, home.resolveSibling("ballast"), new Box(vm, name));
            disk.box.sh("head -c 12000000 /dev/urandom > /dev/shm/fill; md5sum /dev/shm/fill > /run/sum");
            disk.whileTheGuestWrites();
            disk.whileADriveIsCopied();
            disk.whileMemoryIsSaved();
            disk.whenTheManifestIsWritten();
            disk.withoutInodes();
            disk.theLastSnapshotRestores();
            System.out.println("all as expected");
        } finally {
            vm.sandboxes().delete(name, true);
        }
    }

    private static void copyImage(StoreLayout from, StoreLayout to) throws IOException {
        Command.of("cp", "-a", from.images() + "/.", to.images().toString()).check();
        for (var blob : new Images(Store.open(from.root(), Duration.ZERO))
                .inspect(Lab.IMAGE)
                .blobs()) {
            Command.of("cp", "-a", from.blob(blob).toString(), to.blob(blob).toString())
                    .check();
        }
    }

    private static SandboxRequest request(SandboxName name, Path drive) {
        SandboxRequest standard = SandboxRequest.of(Lab.IMAGE);
        return new SandboxRequest(
                Optional.of(name),
                standard.image(),
                standard.memoryMib(),
                standard.cpus(),
                standard.diskBytes(),
                standard.backend(),
                standard.accelerator(),
                standard.network(),
                List.of(new DriveRequest(drive, false)),
                List.of(),
                standard.bootTimeout(),
                standard.sshKey());
    }

    /** The drive's own file lies elsewhere, where there is room: the guest writes to it all the time, and on. */
    private void whileADriveIsCopied() throws Exception {
        System.out.println("while a drive is copied");
        long writer = box.background(
                "n=0; while dd if=/dev/shm/fill of=/dev/vdb bs=100k count=100 conv=fsync; do n=$((n+1)); echo $n > /run/writes; done");
        Box.await("it writes", () -> writes() > 0);
        fill(DRIVE / 2);
        assertFails(SnapshotType.DISK, Progress.NONE);
        long before = writes();
        Box.await("it writes on", () -> writes() > before + 1);
        empty();
        box.sh("kill " + writer + "; ! dmesg | grep -i 'I/O error'");
        assertWorks();
    }

    private long writes() {
        return box.number("cat /run/writes 2>/dev/null || echo 0");
    }

    private void whileMemoryIsSaved() throws IOException {
        now = "while memory is saved";
        // Room for the new layer and the record, not for memory.
        fill(8 << 20);
        assertFails(SnapshotType.FULL, Progress.NONE);
        fill(LEFT);
        assertFails(SnapshotType.FULL, Progress.NONE);
        empty();
        assertWorks();
    }

    private void whenTheManifestIsWritten() throws IOException {
        now = "when the manifest is written";
        for (SnapshotType type : SnapshotType.values()) {
            assertFails(type, atStep("publish", () -> fill(0)));
            empty();
        }
        assertWorks();
    }

    private void withoutInodes() throws IOException {
        now = "without inodes";
        for (String step : List.of("save memory", "seal", "publish")) {
            List<Path> files = new ArrayList<>();
            assertFails(SnapshotType.FULL, atStep(step, () -> takeInodes(files)));
            for (Path file : files) {
                Files.delete(file);
            }
        }
        assertWorks();
    }

    /** The snapshot fails, the guest that ran runs, and nothing is left of the attempt. */
    private void assertFails(SnapshotType type, Progress progress) throws IOException {
        ProcessIdentity vmm = box.vmm();
        List<SnapshotInfo> before = vm.snapshots().list(Optional.empty());
        // Even one that would leave its source paused: it is not to be, so the sandbox is as it was.
        SnapshotRequest request =
                new SnapshotRequest(box.name(), Optional.empty(), type, false, false, FlushPolicy.REQUIRED);
        SmolVmException failure =
                Failures.of(ErrorKind.NO_SPACE, () -> vm.snapshots().create(request, progress));

        assertThat(failure.advice()).contains("free some space");
        System.out.println("seen: " + now + ", " + type.label());
        assertThat(box.status()).isEqualTo(SandboxStatus.RUNNING);
        assertThat(box.vmm()).isEqualTo(vmm);
        box.sh("md5sum -c /run/sum");
        assertThat(vm.snapshots().list(Optional.empty())).isEqualTo(before);
        assertThat(layout.tmp()).isEmptyDirectory();
        assertThat(layout.capture(box.name())).doesNotExist();
        try (var snapshots = Files.list(layout.snapshots())) {
            assertThat(snapshots.count()).isEqualTo(before.size());
        }
    }

    /** With room again, the same command succeeds. */
    private void assertWorks() {
        last.ifPresent(l -> vm.snapshots().delete(l.id()));
        last = Optional.of(box.save());
        box.sh("md5sum -c /run/sum");
    }

    /**
     * Only at the end: where a memory file on a tmpfs has holes, reading them takes space, so a restored VMM could not live on
     * a full one. Other file systems give zeros for nothing.
     */
    private void theLastSnapshotRestores() {
        box.sh("rm /dev/shm/fill");
        box.restore(last.orElseThrow().id());
        box.sh("md5sum -c /run/sum");
    }

    private void whileTheGuestWrites() throws Exception {
        now = "while the guest writes";
        fill(4 << 20);
        long writer = box.background(
                "dd if=/dev/shm/fill of=/root/copy bs=100k conv=fsync && echo done > /run/result || echo failed > /run/result");
        Box.await("it is shown", () -> box.status() == SandboxStatus.OUT_OF_SPACE);
        SmolVmException refused = Failures.of(ErrorKind.NO_SPACE, () -> box.sh("true"));
        assertThat(refused.advice()).contains("sandbox resume");
        assertThat(refused).hasMessageContaining(box.name().value());

        System.out.println("seen: " + now);
        empty();
        vm.sandboxes().resume(box.name());

        Box.await("it goes on", () -> box.sh("cat /run/result 2>/dev/null || true")
                .equals("done"));
        assertThat(box.status()).isEqualTo(SandboxStatus.RUNNING);
        box.sh("cmp /dev/shm/fill /root/copy; ! dmesg | grep -i 'I/O error'; [ ! -e /proc/" + writer + " ]");
    }

    private interface Filling {
        void run() throws IOException;
    }

    private static Progress atStep(String step, Filling filling) {
        return new Progress() {
            @Override
            public void step(String what) {
                if (what.equals(step)) {
                    try {
                        filling.run();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            }

            @Override
            public void advance(long done, long total) {}
        };
    }

    /** Leaves only so many bytes. */
    private void fill(long left) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(ballast.toFile(), "rw")) {
            byte[] block = new byte[4096];
            file.seek(file.length());
            FileStore store = Files.getFileStore(layout.root());
            while (store.getUsableSpace() > left) {
                file.write(block);
            }
        }
    }

    private void empty() throws IOException {
        Files.deleteIfExists(ballast);
    }

    private void takeInodes(List<Path> files) throws IOException {
        try {
            while (true) {
                Path file = ballast.resolveSibling("inode" + files.size());
                Files.createFile(file);
                files.add(file);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }
}

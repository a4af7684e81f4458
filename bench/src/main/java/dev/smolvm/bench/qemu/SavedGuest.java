package dev.smolvm.bench.qemu;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.bench.lab.Lab;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SandboxName;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A snapshot of the library's, and how QEMU is started from it by hand: with the command line that the library uses, the
 * snapshot's own files, and an empty layer on its disk.
 */
public final class SavedGuest {
    private final Lab lab;
    private final SnapshotInfo snapshot;
    private final QemuArguments arguments;
    private final Path writable;
    private final long diskBytes;

    private SavedGuest(Lab lab, SnapshotInfo snapshot, QemuArguments arguments, Path writable, long diskBytes) {
        this.lab = lab;
        this.snapshot = snapshot;
        this.arguments = arguments;
        this.writable = writable;
        this.diskBytes = diskBytes;
    }

    /** Restores the snapshot once, as a fork that is removed again, to see how the library starts QEMU. */
    public static SavedGuest of(Lab lab, SnapshotInfo snapshot) throws IOException {
        SmolVm vm = lab.vm();
        SandboxName fork = new SandboxName(snapshot.sandbox() + "-raw");
        try {
            vm.snapshots().restore(RestoreRequest.fork(snapshot.id(), fork), Progress.NONE);
            SandboxInfo sandbox = vm.sandboxes().info(fork);
            return new SavedGuest(
                    lab,
                    snapshot,
                    QemuArguments.of(sandbox.pid().orElseThrow()),
                    vm.store().layout().vm(fork),
                    sandbox.diskBytes());
        } finally {
            vm.sandboxes().delete(fork, true);
        }
    }

    public SnapshotInfo snapshot() {
        return snapshot;
    }

    /** An empty layer for its disk. */
    public Path overlay() throws IOException {
        Path file = lab.directory("overlay").resolve("overlay.qcow2");
        RawQemu.createOverlay(file, diskBytes);
        return file;
    }

    /** The process, the device state, and the guest runs. */
    public RawQemu startAndRun(Path overlay) throws IOException, InterruptedException {
        RawQemu qemu = RawQemu.start(arguments.withOverlay(writable, overlay), lab.directory("qemu"));
        try {
            qemu.load(snapshot.statePath().orElseThrow());
            qemu.run();
            return qemu;
        } catch (IOException e) {
            qemu.close();
            throw e;
        }
    }

    /** A process with the same machine and empty memory, which stands still. */
    public RawQemu startEmpty(Path overlay) throws IOException, InterruptedException {
        return RawQemu.start(arguments.withOverlay(writable, overlay).withOwnMemory(), lab.directory("qemu"));
    }

    public String rootNode() {
        return arguments.rootNode();
    }
}

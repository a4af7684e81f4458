package dev.smolvm.e2e;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.image.ImageRequest;
import dev.smolvm.image.Images;
import dev.smolvm.os.Command;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.ProcessesIn;
import dev.smolvm.sandbox.BackendChoice;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One store for the whole run. Its sandbox is made once, from a template as any is; every test then gets it back as it was then by restoring the snapshot
 * {@link #BASE}, in half a second instead of a boot.
 */
final class Lab implements AutoCloseable {
    static final ImageName IMAGE = new ImageName("tiny");
    static final SandboxName NAME = new SandboxName("lab");
    /** Taken right after the boot, with its guest idle. */
    static final SnapshotId BASE = new SnapshotId("base");

    /** The VMM that the run is about. */
    private static final BackendChoice BACKEND = BackendChoice.valueOf(
            System.getProperty("smolvm.test.backend", "qemu").toUpperCase(Locale.ROOT));

    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(5);

    private final Path home;
    private final SmolVm vm;

    private Lab(Path home) {
        this.home = home;
        this.vm = SmolVm.open(home, LOCK_TIMEOUT);
    }

    static Lab open() throws IOException {
        Path home = Path.of("target", "e2e-store").toAbsolutePath();
        discard(home);
        Files.createDirectories(home.getParent());
        Lab lab = new Lab(home);
        try {
            lab.image();
            lab.create(SandboxRequest.of(IMAGE).named(NAME.value()));
            lab.vm
                    .snapshots()
                    .create(
                            new SnapshotRequest(
                                    NAME, Optional.of(BASE), SnapshotType.FULL, false, false, FlushPolicy.REQUIRED),
                            Progress.NONE);
            return lab;
        } catch (RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    static String backend() {
        return BACKEND.name().toLowerCase(Locale.ROOT);
    }

    static boolean onQemu() {
        return BACKEND == BackendChoice.QEMU;
    }

    /** Built, or taken from a store that is named: a machine without a network can build none. */
    private void image() throws IOException {
        String store = System.getProperty("smolvm.test.images");
        if (store == null) {
            vm.images().build(new ImageRequest.Tiny(IMAGE), Images.IfExists.FAIL, Progress.NONE, _ -> {});
        } else {
            for (String part : List.of("images", "layers")) {
                Command.of(
                                "cp",
                                "-a",
                                Path.of(store, part) + "/.",
                                home.resolve(part).toString())
                        .check();
            }
        }
    }

    SmolVm vm() {
        return vm;
    }

    Path home() {
        return home;
    }

    /** The lab's sandbox, running, as it was after its boot; whatever snapshots other tests took are gone. */
    Box fresh() {
        vm.snapshots().restore(new RestoreRequest(BASE, true, true), Progress.NONE);
        deleteSnapshots();
        return new Box(vm, NAME);
    }

    Box boot(SandboxRequest request) {
        return create(request.booted());
    }

    /** From a template of its image, if it can be. */
    Box create(SandboxRequest request) {
        return new Box(
                vm, vm.sandboxes().create(request.on(BACKEND), Progress.NONE).name());
    }

    /** The name is free again; missing is fine. */
    void delete(SandboxName name) {
        try {
            vm.sandboxes().delete(name, true);
        } catch (SmolVmException e) {
            if (e.kind() != ErrorKind.NOT_FOUND) {
                throw e;
            }
        }
    }

    private void deleteSnapshots() {
        // Children were made after their parents.
        List<SnapshotInfo> newestFirst = vm.snapshots().list(Optional.empty()).reversed();
        for (SnapshotInfo snapshot : newestFirst) {
            if (!snapshot.id().equals(BASE)) {
                vm.snapshots().delete(snapshot.id());
            }
        }
    }

    @Override
    public void close() {
        try {
            discard(home);
        } catch (IOException e) {
            throw SmolVmException.of("remove " + home, e);
        }
    }

    /** Ends the VMMs of a store, and removes it. */
    static void discard(Path home) throws IOException {
        if (Files.exists(home)) {
            ProcessesIn.directory(home).forEach(ProcessIdentity::kill);
            DurableFiles.deleteTree(home);
        }
    }
}

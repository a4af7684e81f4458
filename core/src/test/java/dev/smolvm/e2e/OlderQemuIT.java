package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.image.Images;
import dev.smolvm.json.JsonFields;
import dev.smolvm.os.Command;
import dev.smolvm.sandbox.BackendChoice;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A QEMU that writes no memory files and maps none that it may not write: 7.2, as Debian 12 has it. */
@ExtendWith(LabExtension.class)
class OlderQemuIT {
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(5);

    private final Lab lab;

    OlderQemuIT(Lab lab) {
        this.lab = lab;
    }

    @Test
    void saves_and_restores_machines_by_the_plain_stream() throws Exception {
        Path home = lab.home().resolveSibling("e2e-older-qemu");
        Lab.discard(home);
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.put("SMOLVM_QEMU", OlderQemu.binary().toString());
        SmolVm vm = SmolVm.open(home, LOCK_TIMEOUT, environment);
        copyImage(lab.vm().store().layout(), vm.store().layout());
        Box box = new Box(vm, new SandboxName("older"));
        Box fork = new Box(vm, new SandboxName("fork"));
        try {
            vm.sandboxes()
                    .create(
                            SandboxRequest.of(Lab.IMAGE)
                                    .named(box.name().value())
                                    .on(BackendChoice.QEMU),
                            Progress.NONE);
            // Pages that are written while memory is saved.
            box.background("while :; do head -c 3000000 /dev/urandom > /dev/shm/busy; rm /dev/shm/busy; done");
            box.sh(
                    "head -c 20000000 /dev/urandom > /dev/shm/fill; md5sum /dev/shm/fill > /run/sum; echo first > /run/at;"
                            + " echo first > /root/at; sync");

            SnapshotInfo first = box.save();
            JsonFields manifest = new SavedManifest(vm.store().layout().snapshotManifest(first.id())).body();
            assertThat(manifest.object("memory").string("form")).isEqualTo("stream");
            assertThat(manifest.object("sandbox").object("machine").string("vmm"))
                    .startsWith("qemu 7.2.");
            box.sh("md5sum -c /run/sum; echo second > /run/at; echo second > /root/at; sync");
            SnapshotInfo second = box.save(SnapshotType.DIFF, false);
            assertThat(box.status()).isEqualTo(SandboxStatus.PAUSED);

            box.restore(first.id());
            assertThat(box.sh("cat /run/at /root/at; md5sum -c /run/sum >&2")).isEqualTo("first\nfirst");
            assertThat(box.run().resolve("memory")).doesNotExist();
            vm.snapshots().restore(RestoreRequest.fork(second.id(), fork.name()), Progress.NONE);
            assertThat(fork.sh("cat /run/at /root/at; md5sum -c /run/sum >&2")).isEqualTo("second\nsecond");
            // A restored one is saved again.
            SnapshotInfo third = vm.snapshots()
                    .create(
                            new SnapshotRequest(
                                    fork.name(),
                                    Optional.empty(),
                                    SnapshotType.FULL,
                                    true,
                                    false,
                                    FlushPolicy.REQUIRED),
                            Progress.NONE);
            fork.restore(third.id());
            assertThat(fork.sh("cat /run/at; md5sum -c /run/sum >&2")).isEqualTo("second");

            // The installed, newer one.
            SmolVm newer = SmolVm.open(home, LOCK_TIMEOUT);
            assertThat(Failures.of(ErrorKind.INCOMPATIBLE, () -> new Box(newer, box.name()).restore(first.id())))
                    .hasMessageContaining("qemu 7.2.");
            assertThat(box.sh("cat /run/at")).isEqualTo("first");
        } finally {
            Lab.discard(home);
        }
    }

    private static void copyImage(StoreLayout from, StoreLayout to) throws IOException {
        Command.of("cp", "-a", from.images() + "/.", to.images().toString()).check();
        for (var blob : new Images(Store.open(from.root(), Duration.ZERO))
                .inspect(Lab.IMAGE)
                .blobs()) {
            Files.copy(from.blob(blob), to.blob(blob), java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        }
        DurableFiles.sync(to.layers());
    }
}

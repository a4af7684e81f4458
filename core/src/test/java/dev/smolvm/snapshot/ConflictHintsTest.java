package dev.smolvm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.sandbox.RestoredMark;
import dev.smolvm.store.Blob;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.testing.SampleStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is advised leads on from what was asked, and costs nobody else's work. */
class ConflictHintsTest {
    private static final SnapshotId S1 = new SnapshotId("s1");

    @TempDir
    Path directory;

    private SampleStore store;
    private Snapshots snapshots;

    @BeforeEach
    void aSandboxAndItsSnapshot() throws IOException {
        store = new SampleStore(directory.resolve("store"));
        Blob root = store.layer();
        store.sandbox("web", root);
        store.sandbox("other", root);
        store.snapshot("s1", SnapshotType.DISK, null, root);
        snapshots =
                SmolVm.open(directory.resolve("store"), Duration.ofMillis(50)).snapshots();
    }

    @Test
    void a_second_restore_is_asked_for_as_the_first_was() throws IOException {
        new RestoredMark(store.store(), S1).write(new SandboxName("web"));
        assertThat(refused(new RestoreRequest(S1, false, false)).advice())
                .isEqualTo("smolvm sandbox snapshot restore --force s1");
        assertThat(refused(new RestoreRequest(S1, true, false).verified()).advice())
                .isEqualTo("smolvm sandbox snapshot restore --force --resume --verify s1");
    }

    @Test
    void a_restore_beside_another_sandbox_is_too() throws IOException {
        Path record = store.layout().sandboxFile(new SandboxName("web"));
        String id = new SnapshotRecords(store.store()).load(S1).sandbox().id();
        Files.writeString(record, Files.readString(record).replace(id, "ba9876543210"));
        assertThat(refused(new RestoreRequest(S1, true, false)).advice())
                .startsWith("smolvm sandbox snapshot restore --name NEW --resume s1 restores it beside ");
    }

    @Test
    void anothers_snapshot_is_not_offered_for_deletion() {
        SmolVmException others = taken("other");
        assertThat(others).hasMessage("a snapshot s1 exists already, of sandbox web");
        assertThat(others.advice()).isEqualTo("choose another --snapshot-id");
        SmolVmException own = taken("web");
        assertThat(own).hasMessage("a snapshot s1 exists already");
        assertThat(own.advice())
                .isEqualTo("choose another --snapshot-id, or remove it: smolvm sandbox snapshot delete s1");
    }

    private SmolVmException taken(String sandbox) {
        SnapshotRequest request = SnapshotRequest.full(new SandboxName(sandbox)).named(Optional.of(S1));
        return conflict(() -> snapshots.create(request, Progress.NONE));
    }

    private SmolVmException refused(RestoreRequest request) {
        return conflict(() -> snapshots.restore(request, Progress.NONE));
    }

    private static SmolVmException conflict(org.assertj.core.api.ThrowableAssert.ThrowingCallable action) {
        SmolVmException refused = catchThrowableOfType(SmolVmException.class, action);
        assertThat(refused.kind()).isEqualTo(ErrorKind.CONFLICT);
        return refused;
    }
}

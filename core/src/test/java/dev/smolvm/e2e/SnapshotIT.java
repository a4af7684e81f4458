package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SnapshotId;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a snapshot does to its source, and how it is named and kept. */
@ExtendWith(LabExtension.class)
@Tag("contract")
class SnapshotIT {
    /** What this VMM saves. */
    static Stream<SnapshotType> types() {
        return Lab.onQemu() ? Stream.of(SnapshotType.values()) : Stream.of(SnapshotType.FULL, SnapshotType.DIFF);
    }

    private final Lab lab;

    SnapshotIT(Lab lab) {
        this.lab = lab;
    }

    private SnapshotInfo create(Box box, Optional<SnapshotId> id, SnapshotType type, boolean resumeSource) {
        return lab.vm()
                .snapshots()
                .create(
                        new SnapshotRequest(box.name(), id, type, resumeSource, false, FlushPolicy.SKIP),
                        Progress.NONE);
    }

    @ParameterizedTest
    @MethodSource("types")
    void a_running_source_is_left_paused_unless_told_to_resume(SnapshotType type) {
        Box box = lab.fresh();

        create(box, Optional.empty(), type, false);
        assertThat(box.status()).isEqualTo(SandboxStatus.PAUSED);
        lab.vm().sandboxes().resume(box.name());
        box.sh("echo works > /root/file && sync");

        create(box, Optional.empty(), type, true);
        assertThat(box.status()).isEqualTo(SandboxStatus.RUNNING);
        assertThat(box.sh("cat /root/file")).isEqualTo("works");
    }

    @ParameterizedTest
    @MethodSource("types")
    void a_paused_source_stays_paused(SnapshotType type) {
        Box box = lab.fresh();
        box.sh("echo kept > /run/memory");
        lab.vm().sandboxes().pause(box.name());

        SnapshotInfo saved = create(box, Optional.empty(), type, true);

        assertThat(box.status()).isEqualTo(SandboxStatus.PAUSED);
        lab.vm().sandboxes().resume(box.name());
        assertThat(box.sh("cat /run/memory")).isEqualTo("kept");
        assertThat(saved.type()).isEqualTo(type);
    }

    @Test
    void an_id_that_exists_is_a_conflict_and_changes_nothing() throws Exception {
        Box box = lab.fresh();
        SnapshotId id = new SnapshotId("twice");
        create(box, Optional.of(id), SnapshotType.FULL, true);
        String manifest = Files.readString(lab.vm().store().layout().snapshotManifest(id));
        int layers = box.info().layers();

        SmolVmException refused =
                Failures.of(ErrorKind.CONFLICT, () -> create(box, Optional.of(id), SnapshotType.FULL, false));

        assertThat(refused).hasMessageContaining("twice");
        assertThat(box.status()).isEqualTo(SandboxStatus.RUNNING);
        assertThat(box.info().layers()).isEqualTo(layers);
        assertThat(lab.vm().store().layout().snapshotManifest(id)).hasContent(manifest);
    }

    @Test
    void made_up_ids_are_unique_within_a_second() {
        Box box = lab.fresh();
        Set<SnapshotId> ids = new HashSet<>();
        for (int i = 0; i < 4; i++) {
            SnapshotId id = create(box, Optional.empty(), types().toList().getLast(), true)
                    .id();
            assertThat(id.value()).matches("snap-" + box.name() + "-[0-9]{8}-[0-9]{6}(-[0-9]+)?");
            ids.add(id);
        }
        assertThat(ids).hasSize(4);
    }

    @Fault(Case.F19)
    @ParameterizedTest
    @ValueSource(strings = {"", "..", "../x", "/etc", "-x", "a\nb", "a,b", "a\u0000", "Upper", "a/b", ".x", "😀"})
    void an_id_that_could_be_a_path_or_an_option_is_refused(String id) {
        Failures.of(ErrorKind.USAGE, () -> new SnapshotId(id));
        Failures.of(ErrorKind.USAGE, () -> lab.vm().snapshots().resolve(id));
    }

    @Fault(Case.F19)
    @Test
    void an_id_that_is_too_long_is_refused() {
        Failures.of(ErrorKind.USAGE, () -> new SnapshotId("x".repeat(300)));
    }

    @Test
    void of_a_stopped_sandbox_is_a_conflict() {
        Box box = lab.fresh();
        lab.vm().sandboxes().stop(box.name(), true);

        SmolVmException refused = Failures.of(ErrorKind.CONFLICT, box::save);

        assertThat(refused).hasMessageContaining(box.name().value());
        assertThat(refused.advice()).contains("sandbox start");
        assertThat(lab.vm().snapshots().list(Optional.of(box.name()))).hasSize(1);
    }

    @Test
    void lists_what_it_holds_and_what_it_takes() {
        Box box = lab.fresh();
        box.sh("head -c 5000000 /dev/urandom > /root/file; sync");
        SnapshotInfo saved = box.save();

        assertThat(saved.sandbox()).isEqualTo(box.name());
        assertThat(saved.backend()).isEqualTo(Lab.backend());
        assertThat(saved.parent()).contains(Lab.BASE);
        assertThat(saved.statePath().orElseThrow()).isRegularFile();
        assertThat(saved.memoryPath().orElseThrow()).isRegularFile();
        assertThat(saved.diskPath()).isRegularFile();
        assertThat(saved.ownBytes()).isGreaterThan(5_000_000L);
        assertThat(saved.sharedBytes()).isPositive();
        assertThat(lab.vm().snapshots().list(Optional.of(box.name())))
                .extracting(SnapshotInfo::id)
                .containsExactly(Lab.BASE, saved.id());
        assertThat(lab.vm().snapshots().resolve(saved.id().value().substring(0, 10)))
                .isEqualTo(saved.id());
    }

    @Test
    void deleted_leaves_none_of_its_files() throws Exception {
        Box box = lab.fresh();
        SnapshotInfo saved = box.save();
        lab.fresh();
        assertThat(saved.memoryPath().orElseThrow()).doesNotExist();
        assertThat(saved.statePath().orElseThrow()).doesNotExist();
        assertThat(saved.diskPath()).doesNotExist();
        assertThat(lab.vm().store().layout().tmp()).isEmptyDirectory();
        Failures.of(ErrorKind.NOT_FOUND, () -> lab.vm().snapshots().info(saved.id()));
        Failures.of(ErrorKind.NOT_FOUND, () -> lab.vm().snapshots().delete(saved.id()));
    }

    @Fault(Case.F11)
    @Test
    void deleted_under_a_running_sandbox_leaves_it_unharmed() {
        Box box = lab.fresh();
        box.sh(
                "head -c 4000000 /dev/urandom > /root/file; head -c 4000000 /dev/urandom > /dev/shm/file; md5sum /root/file /dev/shm/file > /root/sums");
        SnapshotInfo saved = box.save();
        box.restore(saved.id());

        lab.vm().snapshots().delete(saved.id());

        box.sh("echo 3 > /proc/sys/vm/drop_caches; md5sum -c /root/sums");
        box.sh("cp /dev/shm/file /root/copy; sync");
        lab.vm().sandboxes().stop(box.name(), false);
        lab.vm().sandboxes().start(box.name(), SandboxRequest.DEFAULT_BOOT_TIMEOUT, Progress.NONE);
        box.sh(
                "cmp /root/file /root/copy || md5sum /root/copy; grep -q \"$(md5sum < /root/file | cut -c1-32)\" /root/sums");
    }
}

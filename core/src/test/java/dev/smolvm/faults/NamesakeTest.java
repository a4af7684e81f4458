package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sandbox that was made anew under the name of one that has snapshots. */
class NamesakeTest {
    private static final SandboxName BOX = new SandboxName("box");
    private static final SnapshotId SAVED = new SnapshotId("saved");

    @TempDir
    Path directory;

    private LightLab lab;
    private LightLab.Opened vm;

    @BeforeEach
    void save() throws Exception {
        lab = new LightLab(directory.resolve("store"));
        vm = lab.open(Duration.ofSeconds(20));
        vm.create(BOX);
        vm.save(BOX, SAVED, SnapshotType.FULL);
    }

    @AfterEach
    void close() throws Exception {
        lab.close();
    }

    @Test
    void the_advice_never_leads_to_the_loss_of_a_namesake() {
        restore(false);
        // Its own sandbox may be put back again.
        assertThat(refusal().advice()).contains("--force " + SAVED);
        vm.sandboxes().delete(BOX, true);
        vm.create(BOX);
        SmolVmException refusal = refusal();
        assertThat(refusal.kind()).isEqualTo(ErrorKind.CONFLICT);
        assertThat(refusal).hasMessageContaining("is not the one");
        assertThat(refusal.advice()).contains("restore --name NEW " + SAVED);
    }

    @Test
    void a_namesake_is_replaced_where_that_is_asked_for() {
        restore(false);
        vm.sandboxes().delete(BOX, true);
        vm.create(BOX);
        restore(true);
        assertThat(vm.sandboxes().info(BOX).parent()).contains(SAVED);
    }

    private SmolVmException refusal() {
        return catchThrowableOfType(SmolVmException.class, () -> restore(false));
    }

    private void restore(boolean force) {
        vm.snapshots().restore(new RestoreRequest(SAVED, true, force), Progress.NONE);
    }
}

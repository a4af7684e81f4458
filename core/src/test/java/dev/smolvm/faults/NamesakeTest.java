package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
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

/** A sandbox that was deleted, or made anew, under the name of one that has snapshots. */
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
        assertThat(refusal().advice()).contains("--force --resume " + SAVED);
        vm.sandboxes().delete(BOX, true);
        vm.create(BOX);
        SmolVmException refusal = refusal();
        assertThat(refusal.kind()).isEqualTo(ErrorKind.CONFLICT);
        assertThat(refusal).hasMessageContaining("is not the one");
        assertThat(refusal.advice()).contains("restore --name NEW --resume " + SAVED);
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

    @Test
    void the_sandbox_itself_is_put_back_as_often_as_it_takes() {
        String id = vm.sandboxes().info(BOX).id();
        putBack();
        putBack();
        assertThat(vm.sandboxes().info(BOX).id()).isEqualTo(id);
    }

    @Test
    void one_that_was_deleted_is_not_made_anew() {
        vm.sandboxes().delete(BOX, true);
        putBackIsRefused("is not there any more", "smolvm sandbox snapshot restore saved --resume");
        assertThat(vm.sandboxes().list()).isEmpty();
    }

    @Test
    void another_one_with_its_name_is_left_alone() {
        vm.sandboxes().delete(BOX, true);
        vm.create(BOX);
        String another = vm.sandboxes().info(BOX).id();
        putBackIsRefused("not the one any more", "--name NEW");
        assertThat(vm.sandboxes().info(BOX).id()).isEqualTo(another);
        assertThat(vm.snapshots().info(SAVED).restored()).isFalse();
    }

    private void putBack() {
        vm.snapshots().restore(RestoreRequest.putBack(SAVED), Progress.NONE);
    }

    private void putBackIsRefused(String why, String advice) {
        assertThatThrownBy(this::putBack).isInstanceOfSatisfying(SmolVmException.class, e -> {
            assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT);
            assertThat(e).hasMessageContaining(why);
            assertThat(e.advice()).contains(advice);
        });
    }
}

package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

/** A name that has become another sandbox's while a command that was guarded ran. */
class GuardedNamesakeTest {
    private static final SandboxName BOX = new SandboxName("box");
    private static final SnapshotId SAVED = new SnapshotId("saved");

    @TempDir
    Path directory;

    private LightLab lab;
    private LightLab.Opened vm;

    @BeforeEach
    void open() throws Exception {
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
    void the_sandbox_itself_is_put_back_as_often_as_it_takes() {
        String id = vm.sandboxes().info(BOX).id();
        putBack();
        putBack();
        assertThat(vm.sandboxes().info(BOX).id()).isEqualTo(id);
    }

    @Test
    void one_that_was_deleted_is_not_made_anew() {
        vm.sandboxes().delete(BOX, true);
        refused("is not there any more", "smolvm sandbox snapshot restore saved --resume");
        assertThat(vm.sandboxes().list()).isEmpty();
    }

    @Test
    void another_one_with_its_name_is_left_alone() {
        vm.sandboxes().delete(BOX, true);
        vm.create(BOX);
        String another = vm.sandboxes().info(BOX).id();
        refused("not the one any more", "--name NEW");
        assertThat(vm.sandboxes().info(BOX).id()).isEqualTo(another);
        assertThat(vm.snapshots().info(SAVED).restored()).isFalse();
    }

    private void putBack() {
        vm.snapshots().restore(RestoreRequest.putBack(SAVED), Progress.NONE);
    }

    private void refused(String why, String advice) {
        assertThatThrownBy(this::putBack).isInstanceOfSatisfying(SmolVmException.class, e -> {
            assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT);
            assertThat(e).hasMessageContaining(why);
            assertThat(e.advice()).contains(advice);
        });
    }
}

package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.faults.Form;
import dev.smolvm.faults.Injections;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SandboxName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Snapshots restored under other names, beside their source. */
@ExtendWith(LabExtension.class)
@Tag("contract")
class ForkIT {
    private static final List<SandboxName> FORKS = Stream.of("fork-a", "fork-b", "fork-c", "fork-d", "fork-e")
            .limit(Form.of(2, 5))
            .map(SandboxName::new)
            .toList();

    private final Lab lab;

    ForkIT(Lab lab) {
        this.lab = lab;
    }

    @AfterEach
    void removeForks() {
        FORKS.forEach(lab::delete);
    }

    private Box fork(SnapshotInfo saved, SandboxName name) {
        assertThat(lab.vm()
                        .snapshots()
                        .restore(RestoreRequest.fork(saved.id(), name), Progress.NONE)
                        .sandbox()
                        .status())
                .isEqualTo(SandboxStatus.RUNNING);
        return new Box(lab.vm(), name);
    }

    @Test
    void go_on_beside_their_source_and_each_other() {
        Box source = lab.fresh();
        source.sh("echo shared > /root/file; echo shared > /run/memory");
        SnapshotInfo saved = source.save();
        ProcessIdentity before = source.vmm();
        List<Box> all = new ArrayList<>(List.of(source));
        FORKS.forEach(name -> all.add(fork(saved, name)));

        for (Box box : all) {
            assertThat(box.sh("cat /root/file /run/memory")).isEqualTo("shared\nshared");
            box.sh("echo %s > /root/file; echo %1$s > /run/memory; sync".formatted(box.name()));
        }
        for (Box box : all) {
            assertThat(box.sh("cat /root/file /run/memory")).isEqualTo(box.name() + "\n" + box.name());
        }
        assertThat(source.vmm()).isEqualTo(before);
        assertThat(lab.vm().snapshots().info(saved.id()).restored()).isFalse();
        // A snapshot of a fork is the fork's.
        SnapshotInfo ofFork = all.get(1).save();
        assertThat(ofFork.sandbox()).isEqualTo(FORKS.get(0));
        assertThat(ofFork.parent()).contains(saved.id());
        all.get(1).sh("echo lost > /root/file; sync");
        all.get(1).restore(ofFork.id());
        assertThat(all.get(1).sh("cat /root/file")).isEqualTo("fork-a");
        lab.vm().snapshots().delete(ofFork.id());
    }

    @Fault(Case.F17)
    @Test
    void have_identities_of_their_own() {
        Box source = lab.fresh();
        SnapshotInfo saved = source.save();
        List<Box> all = new ArrayList<>(List.of(source));
        FORKS.forEach(name -> all.add(fork(saved, name)));

        for (String own : List.of("cat /etc/machine-id", "hostname", "head -c 16 /dev/urandom | md5sum")) {
            assertThat(all.stream().map(box -> box.sh(own)))
                    .as(own)
                    .doesNotHaveDuplicates()
                    .doesNotContain("");
            Injections.record(Case.F17, FORKS.size() + " forks and their source: " + own, "all differ");
        }
        assertThat(all.get(1).sh("hostname")).isEqualTo("fork-a");
        assertThat(all.stream().map(Box::info).map(i -> i.id())).doesNotHaveDuplicates();
        // Also once it boots by itself.
        lab.vm().sandboxes().stop(FORKS.get(0), false);
        lab.vm().sandboxes().start(FORKS.get(0), SandboxRequest.DEFAULT_BOOT_TIMEOUT, Progress.NONE);
        assertThat(all.get(1).sh("hostname")).isEqualTo("fork-a");
    }

    @Fault(Case.F17)
    @Test
    void left_paused_get_their_identity_before_they_go_on() {
        Box source = lab.fresh();
        String id = source.sh("cat /etc/machine-id");
        SnapshotInfo saved = source.save();
        lab.vm()
                .snapshots()
                .restore(new RestoreRequest(saved.id(), false, false, Optional.of(FORKS.get(0))), Progress.NONE);
        Box fork = new Box(lab.vm(), FORKS.get(0));
        assertThat(fork.status()).isEqualTo(SandboxStatus.PAUSED);
        lab.vm().sandboxes().resume(FORKS.get(0));
        assertThat(fork.sh("cat /etc/machine-id")).isNotEqualTo(id);
        assertThat(fork.sh("hostname")).isEqualTo("fork-a");
    }

    @Test
    void left_paused_cannot_be_saved_and_get_their_identity_also_where_they_boot() {
        Box source = lab.fresh();
        String id = source.sh("cat /etc/machine-id");
        SnapshotInfo saved = source.save();
        lab.vm()
                .snapshots()
                .restore(new RestoreRequest(saved.id(), false, false, Optional.of(FORKS.get(0))), Progress.NONE);
        Box fork = new Box(lab.vm(), FORKS.get(0));
        Failures.of(ErrorKind.CONFLICT, fork::save);
        lab.vm().sandboxes().stop(FORKS.get(0), true);
        lab.vm().sandboxes().start(FORKS.get(0), SandboxRequest.DEFAULT_BOOT_TIMEOUT, Progress.NONE);
        assertThat(fork.sh("cat /etc/machine-id")).isNotEqualTo(id);
        assertThat(fork.save().sandbox()).isEqualTo(FORKS.get(0));
    }

    @Test
    void of_a_deleted_sandbox_and_under_a_name_that_is_taken() {
        Box source = lab.fresh();
        SnapshotInfo saved = source.save();
        Failures.of(
                ErrorKind.CONFLICT,
                () -> lab.vm().snapshots().restore(RestoreRequest.fork(saved.id(), source.name()), Progress.NONE));
        assertThat(source.sh("echo unharmed")).isEqualTo("unharmed");
        lab.vm().sandboxes().delete(source.name(), true);
        assertThat(fork(saved, FORKS.get(0)).sh("echo works")).isEqualTo("works");
        assertThat(lab.vm().sandboxes().list()).hasSize(1);
    }
}

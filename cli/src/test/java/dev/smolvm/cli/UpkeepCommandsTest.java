package dev.smolvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.cli.fake.CliRun;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.upkeep.CheckRequest;
import dev.smolvm.upkeep.CompactRequest;
import dev.smolvm.upkeep.Finding;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class UpkeepCommandsTest {
    private final CliRun cli = new CliRun();

    private static Finding finding(Finding.Kind kind, boolean repaired) {
        return new Finding(kind, Path.of("/store/x"), "is so", "it follows", repaired ? "" : "smolvm do", repaired);
    }

    @Test
    void verifyNamesWhatIsDamagedAndWhatCanBeRestored() {
        cli.snapshots.with("clean", "web", null).with("configured", "web", "clean");
        assertThat(cli.run("sandbox", "snapshot", "verify", "clean")).isZero();
        assertThat(cli.out()).contains("clean").doesNotContain("configured").contains("7 files, 180 MiB verified");
        cli.snapshots.damaged.add(new SnapshotId("configured"));
        assertThat(cli.run("sandbox", "snapshot", "verify", "--all")).isEqualTo(5);
        assertThat(cli.out())
                .contains("clean       intact   yes\n")
                .contains("configured  damaged  no\n")
                .contains("damaged: memory /store/memory does not match its checksum; needed by configured\n")
                .contains("next: smolvm store check --data names");
        cli.snapshots.damaged.add(new SnapshotId("clean"));
        cli.snapshots.removable.addAll(List.of(new SnapshotId("configured"), new SnapshotId("clean")));
        cli.run("sandbox", "snapshot", "verify", "--all");
        assertThat(cli.out()).contains("next: smolvm sandbox snapshot delete configured clean\n");
    }

    @Test
    void verifyInJsonHasTheSameExitCode() {
        cli.snapshots.with("clean", "web", null);
        cli.snapshots.damaged.add(new SnapshotId("clean"));
        assertThat(cli.run("sandbox", "snapshot", "verify", "clean", "--json")).isEqualTo(5);
        assertThat(cli.json().bool("ok")).isFalse();
        assertThat(cli.json().integer("exit_code")).isEqualTo(5);
        assertThat(cli.json().object("data").strings("damaged")).containsExactly("clean");
        assertThat(cli.json().object("data").list("damaged_files", f -> f.string("path")))
                .containsExactly("/store/memory");
    }

    @Test
    void verifyWantsSnapshotsOrAll() {
        assertThat(cli.run("sandbox", "snapshot", "verify")).isEqualTo(2);
        assertThat(cli.err()).contains("hint: name snapshots, or give --all");
        assertThat(cli.run("sandbox", "snapshot", "verify", "clean", "--all")).isEqualTo(2);
        assertThat(cli.run("sandbox", "snapshot", "verify", "nothing")).isEqualTo(3);
    }

    @Test
    void restoreVerifiesFirstIfAsked() {
        cli.sandboxes.with("web", dev.smolvm.sandbox.SandboxStatus.RUNNING);
        cli.snapshots.with("clean", "web", null);
        cli.run("sandbox", "snapshot", "restore", "clean", "--verify");
        cli.run("sandbox", "snapshot", "restore", "clean");
        assertThat(cli.snapshots.restored).extracting(r -> r.verify()).containsExactly(true, false);
    }

    @Test
    void checkSaysEachFindingInALineAndHowBadItIs() {
        assertThat(cli.run("store", "check", "--repair", "--data")).isZero();
        assertThat(cli.upkeep.checked).containsExactly(new CheckRequest(true, true));
        assertThat(cli.out()).isEqualTo("the store is in order (5 files named, 3.0 MiB, all read)\n");
        cli.upkeep.findings.add(finding(Finding.Kind.LEFTOVER, true));
        assertThat(cli.run("store", "check")).isZero();
        assertThat(cli.out()).startsWith("repaired: /store/x: is so; it follows\n");
        cli.upkeep.findings.add(finding(Finding.Kind.UNKNOWN, false));
        assertThat(cli.run("store", "check")).isEqualTo(4);
        assertThat(cli.out()).contains("\nunknown: /store/x: is so; it follows; next: smolvm do\n1 finding (");
        cli.upkeep.findings.add(finding(Finding.Kind.DAMAGED, false));
        assertThat(cli.run("store", "check", "--json")).isEqualTo(5);
        assertThat(cli.json().object("data").list("findings", f -> f.string("kind")))
                .containsExactly("leftover", "unknown", "damaged");
    }

    @Test
    void usageShowsObjectsAndATotal() {
        assertThat(cli.run("store", "usage")).isZero();
        assertThat(cli.out())
                .contains("sandbox  web   1.0 MiB  2.0 MiB\n")
                .contains("templates                       3.0 MiB\n")
                .contains("total                           6.0 MiB\n");
        cli.run("store", "usage", "--json");
        assertThat(cli.json().object("data").integer("total_bytes")).isEqualTo((6 << 20) + 4096);
    }

    @Test
    void compactSaysWhatBecameShorterAndWhatWasLeft() {
        assertThat(cli.run("store", "compact", "web", "--longer-than", "16")).isZero();
        assertThat(cli.upkeep.compacted)
                .containsExactly(new CompactRequest(List.of(new SandboxName("web")), List.of(), 16));
        assertThat(cli.out())
                .contains("sandbox  web   9       2      9.0 MiB  4.0 MiB\n")
                .contains("skipped: snapshot clean: another command uses it\n")
                .endsWith("5.0 MiB freed\n");
        cli.upkeep.changed = List.of();
        cli.run("store", "compact");
        assertThat(cli.out()).isEqualTo("skipped: snapshot clean: another command uses it\nnothing merged\n");
        cli.run("store", "compact", "--json");
        assertThat(cli.upkeep.compacted.getLast().longerThan()).isEqualTo(1);
        assertThat(cli.json().object("data").integer("freed_bytes")).isEqualTo(5 << 20);
    }
}

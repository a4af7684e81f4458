package dev.smolvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.cli.fake.CliRun;
import dev.smolvm.cli.fake.FakeSnapshots;
import dev.smolvm.cli.session.Surroundings;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.TerminalSize;
import dev.smolvm.history.LineageNode;
import dev.smolvm.history.PruneDecision;
import dev.smolvm.history.RetentionRules;
import dev.smolvm.json.JsonFields;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.Label;
import dev.smolvm.snapshot.LabelMatch;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotNotes;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Trees, labels and prunes. */
class HistoryCommandsTest {
    private final CliRun cli = new CliRun();

    @BeforeEach
    void aRunningSandbox() {
        cli.sandboxes.with("web", SandboxStatus.RUNNING);
        cli.environment.put("LANG", "en_US.UTF-8");
    }

    @Test
    void theTreeShowsBranchesForksPositionsAndWhatIsGone() {
        saved("clean", "web", null, new Label("app", "web"));
        saved("configured", "web", "snapshot:clean");
        fork("experiment", "clean");
        saved("exp1", "experiment", "fork:clean:experiment");
        position("experiment", SandboxStatus.PAUSED, "snapshot:exp1");
        position("web", SandboxStatus.RUNNING, "snapshot:configured");
        node(new LineageNode.Deleted(new SnapshotId("gone")));
        saved("orphan", "old", "deleted:gone");
        node(new LineageNode.Unreadable(new SnapshotId("broken"), "its manifest is damaged"));
        node(new LineageNode.Position(new SandboxName("lost"), Optional.empty(), Optional.empty()));

        assertThat(cli.run("sandbox", "snapshot", "tree")).isZero();
        assertThat(drawn())
                .isEqualTo(
                        """
                        TREE SANDBOX IS CREATED SIZE NOTES
                        ○ clean web full 2026-01-02T03:04:05Z 180 MiB app=web
                        ├─ experiment experiment fork
                        │  ○ exp1 experiment full 2026-01-02T03:04:05Z 180 MiB
                        │  ● experiment experiment paused
                        ○ configured web full 2026-01-02T03:04:05Z 180 MiB
                        ● web web running

                        ✗ gone deleted
                        ○ orphan old full 2026-01-02T03:04:05Z 180 MiB

                        ✗ broken damaged its manifest is damaged

                        ● lost lost damaged
                        """);
    }

    @Test
    void whereTheLocaleHasNoMoreTheTreeIsAscii() {
        saved("clean", "web", null);
        fork("experiment", "clean");
        position("web", SandboxStatus.RUNNING, "snapshot:clean");
        for (Map<String, String> locale : List.of(
                Map.of("LANG", "C"), Map.of("LC_ALL", "POSIX", "LANG", "en_US.UTF-8"), Map.<String, String>of())) {
            cli.environment.clear();
            cli.environment.putAll(locale);
            cli.run("sandbox", "snapshot", "tree");
            assertThat(drawn()).contains("o clean").contains("|- experiment").contains("* web");
        }
        cli.environment.putAll(Map.of("LANG", "C", "LC_CTYPE", "C.utf8"));
        cli.run("sandbox", "snapshot", "tree");
        assertThat(drawn()).contains("├─ experiment");
    }

    @Test
    void onlyATerminalCutsNotes() {
        String why = "manifest.json: " + "a long reason ".repeat(20) + "at its end";
        node(new LineageNode.Unreadable(new SnapshotId("broken"), why));
        saved("s1", "web", null, new Label("first", "1".repeat(50)), new Label("second", "2".repeat(50)));
        cli.run("sandbox", "snapshot", "tree");
        assertThat(cli.out()).contains(why).contains("2".repeat(50));

        cli.terminals = new Surroundings.Terminals(false, true, false);
        cli.environment.put("NO_COLOR", "1");
        cli.terminal.size = new TerminalSize(24, 100);
        cli.run("sandbox", "snapshot", "tree");
        assertThat(cli.out().lines()).allMatch(line -> line.length() <= 100).anyMatch(line -> line.length() == 100);
    }

    @Test
    void aLongLineIsDrawnStraightAndDeepBranchesStayNarrow() {
        saved("s0", "web", null);
        for (int i = 1; i < 1000; i++) {
            saved("s" + i, "web", "snapshot:s" + (i - 1));
        }
        cli.run("sandbox", "snapshot", "tree");
        assertThat(cli.out().lines().skip(1)).hasSize(1000).allMatch(l -> l.startsWith("○ s"));

        cli.history.nodes.clear();
        saved("f0", "box0", null);
        for (int i = 1; i < 1000; i++) {
            // Each has a child of its own sandbox, and a fork from which everything else comes.
            saved("own" + i, "box" + (i - 1), "snapshot:f" + (i - 1));
            saved("f" + i, "box" + i, "snapshot:f" + (i - 1));
        }
        assertThat(cli.run("sandbox", "snapshot", "tree")).isZero();
        assertThat(cli.out().lines()).allMatch(l -> l.length() < 120);
    }

    @Test
    void theTreeAsJsonIsFlatAndNamesParents() {
        saved("clean", "web", null);
        position("web", SandboxStatus.CRASHED, "snapshot:clean");
        assertThat(cli.run("sandbox", "snapshot", "tree", "web", "--json")).isZero();
        assertThat(cli.history.asked).contains(new SandboxName("web"));
        assertThat(cli.json()
                        .object("data")
                        .list(
                                "nodes",
                                n -> n.string("kind") + " " + n.string("key") + " "
                                        + n.optionalString("parent_key").orElse("-")))
                .containsExactly("snapshot snapshot:clean -", "sandbox sandbox:web snapshot:clean");
    }

    @Test
    void notesAreTakenAlongByCreate() {
        assertThat(cli.run(
                        "sandbox",
                        "snapshot",
                        "create",
                        "web",
                        "--description",
                        "before the upgrade",
                        "--label",
                        "app=web",
                        "--label",
                        "step=3",
                        "--expires",
                        "7d"))
                .isZero();
        SnapshotNotes notes = cli.snapshots.created.getFirst().notes();
        assertThat(notes.description()).contains("before the upgrade");
        assertThat(notes.labels()).isEqualTo(Map.of("app", "web", "step", "3"));
        assertThat(notes.expires().orElseThrow())
                .isBetween(Instant.now().plus(Duration.ofDays(6)), Instant.now().plus(Duration.ofDays(8)));
    }

    @Test
    void labelsAreSetShownAndRemoved() {
        cli.snapshots.with("s1", "web", null).with("s2", "web", null);
        assertThat(cli.run("sandbox", "snapshot", "label", "s1", "app=web", "a=b=c", "--description", "fine"))
                .isZero();
        assertThat(cli.out())
                .contains("about:")
                .contains("fine")
                .contains("app=web")
                .contains("a=b=c");
        assertThat(cli.run("sandbox", "snapshot", "label", "s1", "a-", "app=x", "--expires", "1h", "--json"))
                .isZero();
        assertThat(cli.out()).contains("\"labels\":{\"app\":\"x\"}").doesNotContain("\"expires_at\":null");
        assertThat(cli.run(
                        "sandbox", "snapshot", "label", "s1", "app=", "--never-expires", "--description", "", "--json"))
                .isZero();
        assertThat(cli.out()).contains("\"description\":null,\"labels\":{},\"expires_at\":null");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "A=b",
                "x",
                "-x",
                "=y",
                "--expires 7",
                "--expires 0d",
                "--expires 2y",
                "--expires",
                "--expires 5219w"
            })
    void whatIsNoLabelOrTimeIsAUsageError(String arguments) {
        cli.snapshots.with("s1", "web", null);
        String line = "sandbox snapshot label s1" + (arguments.isEmpty() ? "" : " " + arguments);
        assertThat(cli.run(line.split(" "))).isEqualTo(2);
        assertThat(cli.lockTimeout).as("the store was opened").isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "Foo=1 | error: 'Foo' is not a label's key | hint: use at most 63 lower-case letters",
                "=1 | error: '' is not a label's key | hint: use at most 63 lower-case letters",
                "foo | error: LABEL: 'foo' is neither KEY=VALUE nor KEY- | hint: as in app=web",
                "smolvm.x=1 | error: label smolvm.x: keys that begin with 'smolvm.' belong to smolvm | hint: take a key",
                "smolvm.guard- | error: label smolvm.guard: keys that begin with 'smolvm.' belong to smolvm | hint: ",
            })
    void aRefusedLabelIsToldWhy(String label, String error, String hint) {
        cli.snapshots.with("s1", "web", null);
        assertThat(cli.run("sandbox", "snapshot", "label", "s1", "a=1", label)).isEqualTo(2);
        assertThat(cli.err()).startsWith(error + "\n" + hint);
        assertThat(cli.lockTimeout).as("the store was opened").isNull();
    }

    @Test
    void aSnapshotIsNotMadeWithALabelOfSmolvmsOwn() {
        assertThat(cli.run("sandbox", "snapshot", "create", "web", "--label", "smolvm.checkpoint=auto"))
                .isEqualTo(2);
        assertThat(cli.err()).startsWith("error: --label: label smolvm.checkpoint: keys that begin with 'smolvm.'");
        assertThat(cli.snapshots.created).isEmpty();
    }

    @Test
    void removingALabelThatIsNotThereIsNoted() {
        cli.snapshots.with("s1", "web", null);
        cli.run("sandbox", "snapshot", "label", "s1", "app=web");
        assertThat(cli.run("sandbox", "snapshot", "label", "s1", "app-", "nothere-", "step="))
                .isZero();
        assertThat(cli.err())
                .isEqualTo("note: snapshot s1 has no label nothere\nnote: snapshot s1 has no label step\n");
    }

    @Test
    void listShowsOnlyWhatHasAllLabelsAndWarnsOfDamage() {
        cli.snapshots.with("s1", "web", null).with("s2", "web", null).with("s3", "web", null);
        cli.snapshots.annotate(
                new SnapshotId("s1"), n -> n.with(new Label("a", "1")).with(new Label("b", "2")));
        cli.snapshots.annotate(new SnapshotId("s2"), n -> n.with(new Label("a", "1")));
        cli.run("sandbox", "snapshot", "list", "--label", "a=1", "--label", "b", "--json");
        assertThat(cli.json().object("data").list("snapshots", s -> s.string("snapshot_id")))
                .containsExactly("s1");

        SnapshotId damaged = new SnapshotId("s3");
        cli.snapshots.snapshots.put(
                damaged,
                FakeSnapshots.withNotes(
                        cli.snapshots.snapshots.get(damaged), SnapshotNotes.NONE, Optional.of("they are damaged")));
        assertThat(cli.run("sandbox", "snapshot", "list")).isZero();
        assertThat(cli.out().lines().map(line -> line.replaceAll(".* ", "")))
                .containsExactly("LABELS", "a=1,b=2", "a=1", "-");
        assertThat(cli.err()).isEqualTo("note: they are damaged\n");
        cli.run("sandbox", "snapshot", "info", "s3");
        assertThat(cli.out()).contains("they are damaged");
    }

    @Test
    void listNotesThatThereIsNoSuchSandbox() {
        cli.snapshots.with("s1", "gone", null);
        assertThat(cli.run("sandbox", "snapshot", "list", "--vm-id", "nope")).isZero();
        assertThat(cli.err()).isEqualTo("note: there is neither a sandbox nope nor a snapshot of it\n");
        for (String there : List.of("web", "gone")) {
            cli.run("sandbox", "snapshot", "list", "--vm-id", there);
            assertThat(cli.err()).isEmpty();
        }
    }

    @Test
    void aPruneSaysWhatBecomesOfEachAndWhy() {
        decision("old", true, "no rule keeps it", Optional.empty());
        decision("held", true, "no rule keeps it", Optional.of("snapshot held is busy"));
        decision("new", false, "one of the last 1", Optional.empty());
        assertThat(cli.run("sandbox", "snapshot", "prune", "--keep-last", "1")).isEqualTo(4);
        assertThat(drawn())
                .isEqualTo(
                        """
                         ID SANDBOX TYPE CREATED SIZE WHY
                        remove old web full 2026-01-02T03:04:05Z 180 MiB no rule keeps it
                        failed held web full 2026-01-02T03:04:05Z 180 MiB snapshot held is busy
                        keep new web full 2026-01-02T03:04:05Z 180 MiB one of the last 1
                        1 removed (180 MiB), 1 kept, 1 could not be removed
                        """);
        assertThat(cli.history.dryRun).isFalse();
        cli.run("sandbox", "snapshot", "prune", "--keep-last", "1", "--json");
        assertThat(cli.json().bool("ok")).isFalse();
        assertThat(cli.json().object("data").list("snapshots", s -> s.string("action")))
                .containsExactly("remove", "remove", "keep");
        JsonFields error =
                cli.json().object("data").list("snapshots", s -> s).get(1).object("error");
        assertThat(error.string("code")).isEqualTo("conflict");
        assertThat(error.string("message")).isEqualTo("snapshot held is busy");
        assertThat(error.string("recovery")).isEqualTo("wait");
    }

    @Test
    void aPrunesRulesArePassedOn() {
        assertThat(cli.run(
                        "sandbox",
                        "snapshot",
                        "prune",
                        "web",
                        "--keep-last",
                        "1",
                        "--keep-hourly",
                        "2",
                        "--keep-daily",
                        "3",
                        "--older-than",
                        "2w",
                        "--expired",
                        "--keep-label",
                        "release",
                        "--keep-label",
                        "app=web",
                        "--dry-run"))
                .isZero();
        assertThat(cli.out()).contains("0 to remove (0 B), 0 kept");
        RetentionRules rules = cli.history.rules.getFirst();
        assertThat(List.of(rules.keepLast(), rules.keepHourly(), rules.keepDaily()))
                .containsExactly(1, 2, 3);
        assertThat(rules.olderThan()).contains(Duration.ofDays(14));
        assertThat(rules.expired()).isTrue();
        assertThat(rules.keepLabels()).containsExactly(LabelMatch.parse("release"), LabelMatch.parse("app=web"));
        assertThat(cli.history.asked).contains(new SandboxName("web"));
        assertThat(cli.history.dryRun).isTrue();
    }

    @Test
    void aPruneWithoutARuleIsAUsageError() {
        assertThat(cli.run("sandbox", "snapshot", "prune")).isEqualTo(2);
        assertThat(cli.run("sandbox", "snapshot", "prune", "--keep-last", "0")).isEqualTo(2);
        assertThat(cli.run("sandbox", "snapshot", "prune", "--keep-label", "x")).isEqualTo(2);
        assertThat(cli.history.rules).isEmpty();
    }

    private void decision(String id, boolean remove, String why, Optional<String> failure) {
        SnapshotInfo snapshot = cli.snapshots.with(id, "web", null).info(new SnapshotId(id));
        cli.history.decisions.add(new PruneDecision(
                snapshot, remove, List.of(why), failure.map(f -> new SmolVmException(ErrorKind.CONFLICT, f, "wait"))));
    }

    private void saved(String id, String sandbox, String parent, Label... labels) {
        SnapshotNotes notes = SnapshotNotes.NONE;
        for (Label label : labels) {
            notes = notes.with(label);
        }
        SnapshotInfo snapshot = cli.snapshots.with(id, sandbox, null).info(new SnapshotId(id));
        node(new LineageNode.Saved(
                FakeSnapshots.withNotes(snapshot, notes, Optional.empty()), Optional.ofNullable(parent)));
    }

    private void fork(String sandbox, String from) {
        node(new LineageNode.Fork(new SandboxName(sandbox), new SnapshotId(from), Optional.of("snapshot:" + from)));
    }

    private void position(String sandbox, SandboxStatus status, String parent) {
        node(new LineageNode.Position(new SandboxName(sandbox), Optional.of(status), Optional.of(parent)));
    }

    private void node(LineageNode node) {
        cli.history.nodes.add(node);
    }

    /** Without the widths of columns. */
    private String drawn() {
        return cli.out()
                .replaceAll("(?<=\\S) {2,}", " ")
                .replaceAll("│ (?=\\S)", "│  ")
                .replaceAll("(?m)^ +", " ");
    }
}

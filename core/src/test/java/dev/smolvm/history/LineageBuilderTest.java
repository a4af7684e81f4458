package dev.smolvm.history;

import static dev.smolvm.testing.SnapshotInfos.diff;
import static dev.smolvm.testing.SnapshotInfos.full;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.testing.Failures;
import dev.smolvm.testing.SnapshotInfos;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LineageBuilderTest {
    @Test
    void snapshots_forks_and_positions_hang_together() {
        Lineage lineage = build(
                List.of(
                        full("clean", "web"),
                        diff("configured", "web", "clean").minute(1),
                        full("exp1", "experiment").from("clean").minute(2)),
                Map.of(),
                at("web", "configured"),
                at("experiment", "exp1"),
                at("other", "clean"));
        assertThat(edges(lineage))
                .containsExactly(
                        "snapshot:clean",
                        "snapshot:configured < snapshot:clean",
                        "fork:clean:experiment < snapshot:clean",
                        "snapshot:exp1 < fork:clean:experiment",
                        "sandbox:web < snapshot:configured",
                        "sandbox:experiment < snapshot:exp1",
                        "fork:clean:other < snapshot:clean",
                        "sandbox:other < fork:clean:other");
    }

    @Test
    void what_is_gone_or_damaged_still_holds_its_children_together() {
        Lineage lineage = build(
                List.of(
                        full("a", "web").from("gone"),
                        full("b", "web").from("gone").minute(1),
                        full("c", "web").from("broken").minute(2)),
                Map.of(new SnapshotId("broken"), "its manifest is damaged"),
                at("web", "gone-too"));
        assertThat(edges(lineage))
                .containsExactly(
                        "snapshot:broken",
                        "deleted:gone",
                        "snapshot:a < deleted:gone",
                        "snapshot:b < deleted:gone",
                        "snapshot:c < snapshot:broken",
                        "deleted:gone-too",
                        "sandbox:web < deleted:gone-too");
    }

    /** {@code a} was deleted, and its id given to a snapshot that was taken of what came from it. */
    @Test
    void an_id_that_was_given_again_makes_no_circle() {
        Lineage lineage = build(
                List.of(full("b", "web").from("a"), full("a", "web").from("b").minute(1)), Map.of());
        assertThat(edges(lineage)).containsExactly("deleted:a", "snapshot:b < deleted:a", "snapshot:a < snapshot:b");
    }

    @Test
    void a_sandbox_without_a_snapshot_or_with_a_damaged_record_is_a_root() {
        Lineage lineage = build(
                List.of(),
                Map.of(),
                new SandboxPosition(new SandboxName("fresh"), Optional.of(SandboxStatus.CRASHED), Optional.empty()),
                new SandboxPosition(new SandboxName("hurt"), Optional.empty(), Optional.empty()));
        assertThat(edges(lineage)).containsExactly("sandbox:fresh", "sandbox:hurt");
    }

    @Test
    void only_the_trees_of_one_sandbox_are_shown_on_request() {
        Lineage lineage = build(
                List.of(
                        full("clean", "web"),
                        full("x", "experiment").from("clean").minute(1),
                        full("z", "alone").minute(2)),
                Map.of(),
                at("web", "clean"),
                at("alone", "z"));
        assertThat(edges(lineage.of(new SandboxName("experiment"))))
                .containsExactly(
                        "snapshot:clean",
                        "fork:clean:experiment < snapshot:clean",
                        "snapshot:x < fork:clean:experiment",
                        "sandbox:web < snapshot:clean");
        assertThat(edges(lineage.of(new SandboxName("alone"))))
                .containsExactly("snapshot:z", "sandbox:alone < snapshot:z");
        assertThat(Failures.kindOf(() -> lineage.of(new SandboxName("nobody")))).isEqualTo(ErrorKind.NOT_FOUND);
    }

    @Test
    void parents_come_before_children() {
        Lineage lineage = build(
                List.of(
                        full("a", "web"),
                        full("b", "fork").from("a").minute(1),
                        full("c", "fork").from("gone").minute(2)),
                Map.of(),
                at("web", "c"));
        Set<String> seen = new HashSet<>();
        for (LineageNode node : lineage.nodes()) {
            assertThat(node.parent().map(seen::contains).orElse(true))
                    .as(node.key())
                    .isTrue();
            assertThat(seen.add(node.key())).isTrue();
        }
    }

    private static SandboxPosition at(String sandbox, String parent) {
        return new SandboxPosition(
                new SandboxName(sandbox), Optional.of(SandboxStatus.RUNNING), Optional.of(new SnapshotId(parent)));
    }

    private static Lineage build(
            List<SnapshotInfos> snapshots, Map<SnapshotId, String> unreadable, SandboxPosition... positions) {
        List<SnapshotInfo> infos = snapshots.stream().map(SnapshotInfos::info).toList();
        return LineageBuilder.build(infos, unreadable, Stream.of(positions).toList());
    }

    private static List<String> edges(Lineage lineage) {
        return lineage.nodes().stream()
                .map(n -> n.key() + n.parent().map(p -> " < " + p).orElse(""))
                .toList();
    }
}

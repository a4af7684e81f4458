package dev.smolvm.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.sandbox.SandboxRecords;
import dev.smolvm.snapshot.Label;
import dev.smolvm.snapshot.LabelMatch;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.Blob;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.testing.Failures;
import dev.smolvm.testing.SampleStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {
    private static final SnapshotId OLD = new SnapshotId("old");

    @TempDir
    Path directory;

    private SampleStore store;
    private Blob root;
    private SmolVm vm;

    @BeforeEach
    void open() throws IOException {
        store = new SampleStore(directory.resolve("store"));
        root = store.layer();
        store.image("tiny", root);
        for (String id : List.of("old", "older", "new")) {
            store.snapshot(id, SnapshotType.DISK, null, root);
        }
        vm = SmolVm.open(directory.resolve("store"), Duration.ofMillis(300));
    }

    @Test
    void a_label_that_is_given_meanwhile_keeps_it() {
        PruneReport report =
                prune(step -> vm.snapshots().annotate(OLD, n -> n.with(new Label("release", "1"))), Optional.of("web"));
        assertThat(ids(report.removed())).containsExactly("older");
        assertThat(report.decisions().getFirst().reasons()).containsExactly("label release");
        assertThat(vm.snapshots().info(OLD).labels()).containsKey("release");
    }

    @Test
    void a_sandbox_that_has_gone_back_to_it_meanwhile_keeps_it() {
        PruneReport report = prune(step -> goBack(), Optional.empty());
        assertThat(ids(report.removed())).containsExactly("older");
        assertThat(report.decisions().getFirst().reasons()).containsExactly("sandbox web has gone on from it");
    }

    @Test
    void what_somebody_else_removed_meanwhile_is_no_failure() {
        PruneReport report = prune(
                step -> {
                    if (vm.snapshots().list(Optional.empty()).size() == 3) {
                        vm.snapshots().delete(OLD);
                    }
                },
                Optional.empty());
        assertThat(report.failed()).isEmpty();
        assertThat(ids(report.removed())).containsExactly("old", "older");
    }

    @Test
    void what_an_unreadable_one_names_stays() throws IOException {
        store.snapshot("diff", SnapshotType.DIFF, "old", root);
        Path manifest = store.layout().snapshotManifest(new SnapshotId("diff"));
        Files.writeString(manifest, Files.readString(manifest).replace("\"format\"", "\"farmat\""));
        assertThat(ids(prune(_ -> {}, Optional.empty()).removed())).containsExactly("older");
    }

    @Test
    void a_name_that_nothing_has_is_not_found() throws IOException {
        assertThat(Failures.kindOf(() -> prune(_ -> {}, Optional.of("wbe")))).isEqualTo(ErrorKind.NOT_FOUND);
        store.sandbox("wbe", root);
        assertThat(prune(_ -> {}, Optional.of("wbe")).decisions()).isEmpty();
    }

    private void goBack() {
        try {
            if (vm.sandboxes().list().isEmpty()) {
                new SandboxRecords(store.store())
                        .save(store.sandbox("web", root).withParent(OLD));
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** @param meanwhile before each that is removed */
    private PruneReport prune(Consumer<String> meanwhile, Optional<String> sandbox) {
        RetentionRules rules = new RetentionRules(
                1,
                0,
                0,
                Optional.empty(),
                false,
                List.of(LabelMatch.parse("release")),
                Optional.empty(),
                ZoneOffset.UTC);
        return vm.history().prune(sandbox.map(SandboxName::new), rules, false, new Progress() {
            @Override
            public void step(String name) {
                meanwhile.accept(name);
            }

            @Override
            public void advance(long done, long total) {}
        });
    }

    private static List<String> ids(List<PruneDecision> decisions) {
        return decisions.stream().map(d -> d.snapshot().id().value()).toList();
    }
}

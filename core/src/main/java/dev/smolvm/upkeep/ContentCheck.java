package dev.smolvm.upkeep;

import dev.smolvm.Progress;
import dev.smolvm.snapshot.FileCheck;
import dev.smolvm.snapshot.MemoryRecord;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Compares every file that a manifest names with what the manifest says, each once however many objects use it. */
final class ContentCheck {
    private final Store store;
    private final StoreLayout layout;
    private final Findings findings;
    private final TemplatesCheck templates;

    ContentCheck(Store store, Findings findings, TemplatesCheck templates) {
        this.templates = templates;
        this.store = store;
        this.layout = store.layout();
        this.findings = findings;
    }

    /** The files that were compared. */
    Set<FileCheck.Expected> check(Inventory inventory, boolean data, Progress progress) throws IOException {
        Map<FileCheck.Expected, Set<StoreObject>> expected = expected(inventory);
        Map<FileCheck.Expected, String> problems = new HashMap<>();
        if (data) {
            progress.step("verify " + expected.size() + " files");
            problems.putAll(FileCheck.problems(expected.keySet(), progress));
        } else {
            expected.keySet().forEach(e -> e.problem().ifPresent(p -> problems.put(e, p)));
        }
        if (!problems.isEmpty()) {
            // Other commands went on meanwhile: what nothing names any more is not missed.
            Inventory now = Inventory.of(store);
            Map<FileCheck.Expected, Set<StoreObject>> still = expected(now);
            still.keySet().retainAll(problems.keySet());
            Remedy remedy = new Remedy(store, now, lost(now, still.values()));
            still.forEach((file, users) -> report(file, problems.get(file), users, remedy));
        }
        return expected.keySet();
    }

    private static Set<SnapshotId> lost(Inventory inventory, Collection<Set<StoreObject>> damaged) {
        Set<SnapshotId> lost = inventory.lostSnapshots();
        damaged.forEach(users -> users.stream()
                .filter(o -> o.kind() == StoreObject.Kind.SNAPSHOT)
                .forEach(o -> lost.add(new SnapshotId(o.name()))));
        return lost;
    }

    private void report(FileCheck.Expected file, String problem, Set<StoreObject> users, Remedy remedy) {
        if (users.stream().allMatch(o -> o.kind() == StoreObject.Kind.TEMPLATE)) {
            users.forEach(o -> templates.damaged(TemplateName.of(o), file.file(), problem));
            return;
        }
        findings.add(
                problem.equals("is missing") ? Finding.Kind.MISSING : Finding.Kind.DAMAGED,
                file.file(),
                problem,
                Finding.damagedBy(users),
                remedy.of(users));
    }

    private Map<FileCheck.Expected, Set<StoreObject>> expected(Inventory inventory) {
        Map<FileCheck.Expected, Set<StoreObject>> expected = new LinkedHashMap<>();
        inventory.snapshots.forEach((id, manifest) -> {
            StoreObject self = new StoreObject(StoreObject.Kind.SNAPSHOT, id.value());
            Path directory = layout.snapshot(id);
            manifest.deviceState().ifPresent(s -> expected.put(FileCheck.Expected.of(directory, s), Set.of(self)));
            manifest.memory()
                    .map(MemoryRecord::file)
                    .ifPresent(f -> expected.put(FileCheck.Expected.of(directory, f), inventory.memoryUsers(id)));
        });
        inventory.templates.forEach((name, manifest) -> {
            Path directory = name.directory(layout);
            Set<StoreObject> self = Set.of(name.object());
            manifest.deviceState().ifPresent(s -> expected.put(FileCheck.Expected.of(directory, s), self));
            manifest.memory().ifPresent(m -> expected.put(FileCheck.Expected.of(directory, m.file()), self));
        });
        inventory.blobs().forEach((blob, users) -> expected.computeIfAbsent(
                        FileCheck.Expected.of(layout, blob), _ -> new TreeSet<>())
                .addAll(users));
        return expected;
    }
}

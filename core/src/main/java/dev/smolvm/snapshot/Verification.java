package dev.smolvm.snapshot;

import dev.smolvm.Progress;
import dev.smolvm.disk.Qcow2Header;
import dev.smolvm.error.Advice;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One run over everything that some snapshots consist of: manifests, device states, layers, kernel files and memory, that of a
 * diff's parents too. The caller holds the snapshots' locks (shared); what they need stays as long as they do.
 */
final class Verification {
    private final StoreLayout layout;
    private final SnapshotRecords records;
    private final Set<SnapshotId> asked = new LinkedHashSet<>();
    private final Map<FileCheck.Expected, Part> parts = new LinkedHashMap<>();
    private final Map<Path, Part> broken = new LinkedHashMap<>();

    Verification(StoreLayout layout, SnapshotRecords records) {
        this.layout = layout;
        this.records = records;
    }

    /** A file: what it is, whose it is, and what is wrong with it once that is known. */
    private static final class Part {
        private final String what;
        private final Set<SnapshotId> users = new LinkedHashSet<>();
        private String problem = "";

        Part(String what) {
            this.what = what;
        }
    }

    /** @throws SmolVmException integrity: something that the snapshot needs is damaged */
    void require(SnapshotManifest manifest, Progress progress) {
        add(manifest.id());
        VerifyReport report = run(progress);
        if (report.damagedFiles().isEmpty()) {
            return;
        }
        DamagedFile first = report.damagedFiles().getFirst();
        int more = report.damagedFiles().size() - 1;
        throw new SmolVmException(
                ErrorKind.INTEGRITY,
                "snapshot " + manifest.id() + " is damaged: its " + first.what() + " " + first.file() + " "
                        + first.problem() + (more == 0 ? "" : ", and " + more + " more of its files are damaged"),
                Advice.WHICH_SNAPSHOTS_ARE_INTACT);
    }

    void add(SnapshotId id) {
        asked.add(id);
        Optional<SnapshotManifest> found = manifest(id, id);
        if (found.isEmpty()) {
            return;
        }
        SnapshotManifest manifest = found.get();
        manifest.deviceState().ifPresent(s -> expect("device state", own(manifest, s), id));
        for (SavedDisk disk : manifest.disks()) {
            disk.layers().forEach(l -> expect("disk layer", FileCheck.Expected.of(layout, l), id));
        }
        for (Blob blob : manifest.sandbox().machine().bootBlobs()) {
            expect("kernel file", FileCheck.Expected.of(layout, blob), id);
        }
        addMemory(manifest);
    }

    private void addMemory(SnapshotManifest manifest) {
        Set<SnapshotId> seen = new HashSet<>();
        Optional<SnapshotManifest> next = Optional.of(manifest);
        while (next.isPresent()) {
            SnapshotManifest current = next.get();
            if (!seen.add(current.id())) {
                damage(records.manifestFile(current.id()), "manifest", "is its own parent", manifest.id());
                return;
            }
            if (current.memory().isEmpty() && current != manifest) {
                damage(records.manifestFile(current.id()), "parent's manifest", "names no memory", manifest.id());
            }
            current.memory().ifPresent(m -> expect("memory", own(current, m.file()), manifest.id()));
            next = current.memoryParent().flatMap(parent -> manifest(parent, manifest.id()));
        }
    }

    private FileCheck.Expected own(SnapshotManifest manifest, SavedFile file) {
        return FileCheck.Expected.of(records.directory(manifest.id()), file);
    }

    private Optional<SnapshotManifest> manifest(SnapshotId id, SnapshotId user) {
        try {
            return Optional.of(records.load(id));
        } catch (SmolVmException e) {
            String what = id.equals(user) ? "manifest" : "parent's manifest";
            damage(
                    records.manifestFile(id),
                    what,
                    records.exists(id) ? "cannot be used: " + ManifestFile.problem(e) : "is missing",
                    user);
            return Optional.empty();
        }
    }

    private void expect(String what, FileCheck.Expected file, SnapshotId user) {
        parts.computeIfAbsent(file, _ -> new Part(what)).users.add(user);
    }

    private void damage(Path file, String what, String problem, SnapshotId user) {
        Part part = broken.computeIfAbsent(file, _ -> new Part(what));
        part.problem = problem;
        part.users.add(user);
    }

    VerifyReport run(Progress progress) {
        progress.step("verify " + parts.size() + " files");
        Map<FileCheck.Expected, String> problems = FileCheck.problems(parts.keySet(), progress);
        List<DamagedFile> damaged = new ArrayList<>();
        broken.forEach((file, part) -> damaged.add(damagedFile(file, part)));
        parts.forEach((file, part) -> {
            part.problem = problems.containsKey(file) ? problems.get(file) : structure(file);
            if (!part.problem.isEmpty()) {
                damaged.add(damagedFile(file.file(), part));
            }
        });
        Set<SnapshotId> bad = new HashSet<>();
        damaged.forEach(d -> bad.addAll(d.snapshots()));
        List<SnapshotId> damagedIds = asked.stream().filter(bad::contains).toList();
        return new VerifyReport(
                asked.stream().filter(id -> !bad.contains(id)).toList(),
                damagedIds,
                damagedIds.isEmpty() ? List.of() : removable(damagedIds),
                List.of(),
                damaged,
                parts.size(),
                parts.keySet().stream().mapToLong(FileCheck.Expected::size).sum());
    }

    private List<SnapshotId> removable(List<SnapshotId> damaged) {
        Dependents dependents = Dependents.now(records);
        return dependents.deletionOrder(damaged).stream()
                .filter(id -> damaged.containsAll(dependents.deletionOrder(List.of(id))))
                .toList();
    }

    /** A layer that was saved as a hostile VMM left it matches its checksum, and no VMM would be started with it. */
    private static String structure(FileCheck.Expected file) {
        if (!file.file().toString().endsWith(BlobKind.LAYER.extension())) {
            return "";
        }
        try {
            Qcow2Header.read(file.file());
            return "";
        } catch (SmolVmException e) {
            return "cannot be used: " + e.getMessage();
        }
    }

    private static DamagedFile damagedFile(Path file, Part part) {
        return new DamagedFile(file, part.what, part.problem, List.copyOf(part.users));
    }
}

package dev.smolvm.upkeep;

import dev.smolvm.Progress;
import dev.smolvm.disk.Qcow2Merge;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.DiskSpace;
import dev.smolvm.os.Uninterrupted;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.snapshot.FileCheck;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Staging;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLocks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Merges runs of layers. The new layer is built and published first; then every manifest that names the run is replaced, one
 * after the other. Chains with the run and with the layer in its place are the same disk, so a crash in between does no harm,
 * and the collector removes what nothing names any more. Memory is not folded here: every file of changes belongs to a snapshot
 * of its own.
 */
final class Compaction {
    private final SandboxContext context;
    private final Store store;
    private final ChainWriter writer;
    /** An object may have many runs, and one reason against all of them. */
    private final Set<CompactReport.Skipped> skipped = new LinkedHashSet<>();

    private final Set<StoreObject> changed = new LinkedHashSet<>();
    private long freed;
    /** Whether there may be layers now that nothing names. */
    private boolean added;

    Compaction(SandboxContext context) {
        this.context = context;
        this.store = context.store();
        this.writer = new ChainWriter(context);
    }

    CompactReport run(CompactRequest request, Progress progress) throws IOException {
        Inventory before = Inventory.of(store);
        checkNames(request, before);
        Map<StoreObject, Measure> measured = measures(before);
        // Until the old layers are gone: if this process dies before, the next command finds it and collects them.
        try (Staging staging = store.stage()) {
            mergeAll(request, before, staging, progress);
        }
        Map<StoreObject, Measure> after = changed.isEmpty() ? Map.of() : measures(Inventory.of(store));
        List<CompactReport.Changed> report = new ArrayList<>();
        for (StoreObject object : changed) {
            Measure old = measured.get(object);
            Measure now = after.getOrDefault(object, old);
            report.add(new CompactReport.Changed(object, old.layers(), now.layers(), old.bytes(), now.bytes()));
        }
        return new CompactReport(report, List.copyOf(skipped), freed);
    }

    private void mergeAll(CompactRequest request, Inventory before, Staging staging, Progress progress)
            throws IOException {
        try {
            for (LayerRuns.Run run : LayerRuns.of(before.chains())) {
                if (run.owners().stream().anyMatch(request::means) && longest(before, run) > request.longerThan()) {
                    progress.step("merge " + run.layers().size() + " layers of "
                            + run.owners().iterator().next());
                    merge(run, staging, progress);
                }
            }
        } finally {
            // Of a run that failed half-way too: its merged layer is nobody's.
            if (added) {
                Uninterrupted.run(context.collector()::collect);
            }
        }
    }

    private void checkNames(CompactRequest request, Inventory inventory) {
        for (SandboxName name : request.sandboxes()) {
            context.records().load(name);
        }
        for (SnapshotId id : request.snapshots()) {
            new SnapshotRecords(store).load(id);
        }
        if (!inventory.unreadable.isEmpty()) {
            StoreObject first = inventory.unreadable.keySet().iterator().next();
            throw new SmolVmException(
                    ErrorKind.INTEGRITY,
                    "compact the store: nobody can tell which layers " + first + " uses: "
                            + inventory.unreadable.get(first),
                    "smolvm store check");
        }
    }

    private record Measure(int layers, long bytes) {
        Measure plus(long more) {
            return new Measure(layers + 1, bytes + more);
        }
    }

    private Map<StoreObject, Measure> measures(Inventory inventory) throws IOException {
        Map<StoreObject, Measure> measures = new TreeMap<>();
        for (Inventory.Chain chain : inventory.chains()) {
            Measure measure = measures.getOrDefault(chain.owner(), new Measure(0, 0));
            for (Blob layer : chain.layers()) {
                measure = measure.plus(allocated(layer));
            }
            measures.put(chain.owner(), measure);
        }
        return measures;
    }

    private long allocated(Blob layer) {
        try {
            return DiskSpace.of(store.layout().blob(layer)).bytes();
        } catch (IOException e) {
            // Missing: a check says so, and a merge fails.
            return 0;
        }
    }

    private static int longest(Inventory inventory, LayerRuns.Run run) {
        return inventory.chains().stream()
                .map(Inventory.Chain::layers)
                .filter(l -> l.contains(run.layers().getFirst()))
                .mapToInt(List::size)
                .max()
                .orElse(0);
    }

    private void merge(LayerRuns.Run run, Staging staging, Progress progress) throws IOException {
        List<StoreLocks.Held> locks = new ArrayList<>();
        try {
            for (StoreObject owner : run.owners()) {
                ChainWriter.Access access = writer.lock(owner, run);
                access.lock().ifPresent(locks::add);
                if (!access.obstacle().isEmpty()) {
                    skipped.add(new CompactReport.Skipped(owner, access.obstacle(), access.next()));
                    return;
                }
            }
            locks.add(store.locks().storeShared());
            publish(run, staging, progress);
        } catch (SmolVmException e) {
            if (e.kind() != ErrorKind.UNSUPPORTED && e.kind() != ErrorKind.INTEGRITY) {
                throw e;
            }
            String next = e.kind() == ErrorKind.INTEGRITY ? "smolvm store check --data" : "";
            skipped.add(new CompactReport.Skipped(run.owners().iterator().next(), e.getMessage(), next));
        } finally {
            locks.reversed().forEach(StoreLocks.Held::close);
        }
    }

    private void publish(LayerRuns.Run run, Staging staging, Progress progress) throws IOException {
        requireSound(run, progress);
        List<Path> files = run.layers().stream().map(store.layout()::blob).toList();
        Path file = staging.file("merged");
        try {
            Qcow2Merge.merge(files, run.bottom(), file);
            added = true;
            Blob merged = store.addBlob(file, BlobKind.LAYER);
            for (StoreObject owner : run.owners()) {
                writer.replace(owner, run, merged);
                changed.add(owner);
            }
            freed += run.layers().stream().mapToLong(this::allocated).sum() - allocated(merged);
        } finally {
            // Of a run that cannot be merged; the next one uses the same name.
            Files.deleteIfExists(file);
        }
    }

    /** The merged layer gets a checksum of its own: damage that went into it could not be told from data any more. */
    private void requireSound(LayerRuns.Run run, Progress progress) {
        List<FileCheck.Expected> layers = run.layers().stream()
                .map(l -> FileCheck.Expected.of(store.layout(), l))
                .toList();
        Map<FileCheck.Expected, String> problems = FileCheck.problems(layers, progress);
        for (FileCheck.Expected layer : layers) {
            if (problems.containsKey(layer)) {
                throw new SmolVmException(
                        ErrorKind.INTEGRITY,
                        "layer " + layer.file() + " " + problems.get(layer),
                        "smolvm store check --data");
            }
        }
    }
}

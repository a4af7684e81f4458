package dev.smolvm.upkeep;

import dev.smolvm.sandbox.DiskRecord;
import dev.smolvm.sandbox.Liveness;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.snapshot.ManifestFile;
import dev.smolvm.snapshot.SavedDisk;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.store.Blob;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.store.StoreLocks;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Puts merged layers into the manifests of those that have them, where nobody reads or writes the objects meanwhile. */
final class ChainWriter {
    private final SandboxContext context;
    private final StoreLayout layout;
    private final SnapshotRecords snapshots;

    ChainWriter(SandboxContext context) {
        this.context = context;
        this.layout = context.store().layout();
        this.snapshots = new SnapshotRecords(context.store());
    }

    /**
     * Whether an object's chains may be changed.
     *
     * @param obstacle why not; empty: they may, while the lock is held
     * @param next the command after which they may
     */
    record Access(Optional<StoreLocks.Held> lock, String obstacle, String next) {}

    private static final String AGAIN = "smolvm store compact";

    Access lock(StoreObject owner, LayerRuns.Run run) {
        Optional<StoreLocks.Held> lock =
                switch (owner.kind()) {
                    // An image's one layer is the top of its chain, so it is in no run; and so are a template's two
                    // while its image is there.
                    case IMAGE, TEMPLATE -> Optional.empty();
                    case SANDBOX -> context.store().locks().trySandbox(new SandboxName(owner.name()));
                    case SNAPSHOT -> context.store().locks().trySnapshotExclusive(new SnapshotId(owner.name()));
                };
        if (lock.isEmpty()) {
            return new Access(lock, "another command uses it", AGAIN);
        }
        if (owner.kind() == StoreObject.Kind.SANDBOX) {
            SandboxName name = new SandboxName(owner.name());
            Optional<SandboxRecord> record = context.records().find(name);
            if (record.isPresent() && new Liveness(context).hasProcess(record.get())) {
                return new Access(lock, "its virtual machine has the layers open", "smolvm sandbox stop " + name);
            }
            if (Files.exists(layout.unfinished(name))) {
                return new Access(lock, "a command that worked on it was cut short", "smolvm sandbox start " + name);
            }
        }
        return new Access(lock, has(owner, run.layers()) ? "" : "it was changed just now", AGAIN);
    }

    private boolean has(StoreObject owner, List<Blob> run) {
        return chains(owner).stream()
                .anyMatch(c -> LayerRuns.replaced(c, run, run.getFirst()).isPresent());
    }

    private List<List<Blob>> chains(StoreObject owner) {
        return switch (owner.kind()) {
            case IMAGE, TEMPLATE -> List.of();
            case SANDBOX ->
                context.records()
                        .find(new SandboxName(owner.name()))
                        .map(r -> r.chains().stream()
                                .map(DiskRecord.Chain::sealed)
                                .toList())
                        .orElse(List.of());
            case SNAPSHOT -> {
                SnapshotId id = new SnapshotId(owner.name());
                yield snapshots.exists(id)
                        ? snapshots.load(id).disks().stream()
                                .map(SavedDisk::layers)
                                .toList()
                        : List.of();
            }
        };
    }

    void replace(StoreObject owner, LayerRuns.Run run, Blob merged) throws IOException {
        switch (owner.kind()) {
            case IMAGE, TEMPLATE -> throw new IllegalStateException("a layer in a run of " + owner);
            case SANDBOX -> {
                SandboxRecord record = context.records().load(new SandboxName(owner.name()));
                List<DiskRecord.Chain> chains = new ArrayList<>();
                for (DiskRecord.Chain chain : record.chains()) {
                    chains.add(chain.with(replaced(chain.sealed(), run, merged), chain.open()));
                }
                context.records().save(record.withChains(chains));
            }
            case SNAPSHOT -> {
                SnapshotManifest manifest = snapshots.load(new SnapshotId(owner.name()));
                List<SavedDisk> disks = new ArrayList<>();
                for (SavedDisk disk : manifest.disks()) {
                    disks.add(disk.withLayers(replaced(disk.layers(), run, merged)));
                }
                context.store()
                        .replaceFile(
                                layout.snapshotManifest(manifest.id()), ManifestFile.write(manifest.withDisks(disks)));
            }
        }
    }

    private static List<Blob> replaced(List<Blob> chain, LayerRuns.Run run, Blob merged) {
        return LayerRuns.replaced(chain, run.layers(), merged).orElse(chain);
    }
}

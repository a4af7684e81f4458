package dev.smolvm.sandbox;

import dev.smolvm.disk.Qcow2Overlay;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobId;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.Checksum;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.PendingSyncs;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.Store;
import dev.smolvm.vmm.AttachedDisk;
import dev.smolvm.vmm.LayerMove;
import dev.smolvm.vmm.LayeredDisks;
import dev.smolvm.vmm.Vm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Grows and seals the layer chains of one sandbox. The caller holds the sandbox's lock, and the store's (shared) from the
 * sealing of a layer until a manifest names it.
 */
public final class DiskChains {
    private final Store store;
    private final SandboxName name;

    public DiskChains(Store store, SandboxName name) {
        this.store = store;
        this.name = name;
    }

    /** A new, empty layer for a disk of this virtual size. */
    public BlobId newOverlay(long bytes) {
        return newOverlay(bytes, Qcow2Overlay.Sync.YES);
    }

    /** The same; it and its name last once {@code syncs} has been awaited. */
    public BlobId newOverlay(long bytes, PendingSyncs syncs) {
        BlobId id = newOverlay(bytes, Qcow2Overlay.Sync.NO);
        syncs.add(store.layout().overlay(name, id));
        syncs.add(store.layout().vm(name));
        return id;
    }

    private BlobId newOverlay(long bytes, Qcow2Overlay.Sync sync) {
        BlobId id = BlobId.random();
        Path file = store.layout().overlay(name, id);
        try {
            Qcow2Overlay.create(file, bytes, sync);
            return id;
        } catch (IOException e) {
            throw SmolVmException.of("create " + file, e);
        }
    }

    /** How a VMM opens the sandbox's disks. */
    public List<AttachedDisk> attached(SandboxRecord record) {
        List<AttachedDisk> disks = new ArrayList<>();
        for (DiskRecord disk : record.disks()) {
            disks.add(
                    switch (disk) {
                        case DiskRecord.Chain chain -> attached(chain);
                        case DiskRecord.Whole whole ->
                            new AttachedDisk.UserFile(
                                    whole.id(), store.layout().disk(name, whole.file()), false, false);
                        case DiskRecord.UserDrive drive ->
                            new AttachedDisk.UserFile(drive.id(), drive.file(), drive.qcow2(), drive.readOnly());
                    });
        }
        return disks;
    }

    public AttachedDisk.Chain attached(DiskRecord.Chain chain) {
        List<AttachedDisk.Layer> layers = new ArrayList<>();
        for (Blob blob : chain.sealed()) {
            layers.add(new AttachedDisk.Layer(blob.id(), store.layout().blob(blob)));
        }
        for (BlobId id : chain.open()) {
            layers.add(layer(id));
        }
        return new AttachedDisk.Chain(chain.id(), layers);
    }

    private AttachedDisk.Layer layer(BlobId id) {
        return new AttachedDisk.Layer(id, store.layout().layer(name, id));
    }

    /** The moves of a VM from a record's chains to those of {@code grown}, which have one open layer more. */
    public List<LayerMove> moves(SandboxRecord record, SandboxRecord grown) {
        List<LayerMove> moves = new ArrayList<>();
        for (int i = 0; i < record.chains().size(); i++) {
            moves.add(new LayerMove(
                    attached(record.chains().get(i)),
                    layer(grown.chains().get(i).overlay())));
        }
        return moves;
    }

    /** The record with a new, empty layer on top of every chain. */
    public SandboxRecord grow(SandboxRecord record) {
        List<DiskRecord.Chain> chains = new ArrayList<>();
        for (DiskRecord.Chain chain : record.chains()) {
            List<BlobId> open = new ArrayList<>(chain.open());
            open.add(newOverlay(chain.bytes()));
            chains.add(chain.with(chain.sealed(), open));
        }
        makeDurable();
        return record.withChains(chains);
    }

    /** Makes new layers last, before a record names them. */
    public void makeDurable() {
        Path directory = store.layout().vm(name);
        try {
            DurableFiles.sync(directory);
        } catch (IOException e) {
            throw SmolVmException.of("write " + directory, e);
        }
    }

    /**
     * Brings the record in line with what the VM writes to, after a command died or failed between writing a new layer down
     * and taking it into use. Without a VM the record is right as it is.
     */
    public SandboxRecord agreeWith(Vm vm, SandboxRecord record) {
        List<LayerMove> begun = begun(record);
        if (begun.isEmpty()) {
            return record;
        }
        LayeredDisks layers = vm.layers();
        layers.finishSwitch(begun);
        Map<String, String> active = layers.activeLayers();
        List<DiskRecord.Chain> chains = new ArrayList<>();
        for (DiskRecord.Chain chain : record.chains()) {
            List<BlobId> open = new ArrayList<>(chain.open());
            while (open.size() > 1 && !layers.layerNode(layer(open.getLast())).equals(active.get(chain.id()))) {
                open.removeLast();
            }
            chains.add(chain.with(chain.sealed(), open));
        }
        return record.withChains(chains);
    }

    /** Moves that were written down and not yet sealed. */
    private List<LayerMove> begun(SandboxRecord record) {
        List<LayerMove> begun = new ArrayList<>();
        for (DiskRecord.Chain chain : record.chains()) {
            if (chain.open().size() > 1) {
                List<BlobId> below = chain.open().subList(0, chain.open().size() - 1);
                begun.add(new LayerMove(attached(chain.with(chain.sealed(), below)), layer(chain.overlay())));
            }
        }
        return begun;
    }

    /** Seals every open layer that is not its chain's top. */
    public SandboxRecord seal(SandboxRecord record) {
        List<DiskRecord.Chain> chains = new ArrayList<>();
        for (DiskRecord.Chain chain : record.chains()) {
            List<Blob> sealed = new ArrayList<>(chain.sealed());
            for (BlobId id : chain.open().subList(0, chain.open().size() - 1)) {
                sealed.add(seal(id));
            }
            chains.add(chain.with(sealed, List.of(chain.overlay())));
        }
        return record.withChains(chains);
    }

    private Blob seal(BlobId id) {
        Path open = store.layout().overlay(name, id);
        Path file = store.layout().layer(name, id);
        try {
            DurableFiles.sync(file);
            Blob blob = new Blob(BlobKind.LAYER, id, Files.size(file), Checksum.of(file));
            DurableFiles.seal(file);
            if (file.equals(open)) {
                DurableFiles.move(open, store.layout().blob(blob));
            }
            return blob;
        } catch (IOException e) {
            throw SmolVmException.of("seal layer " + file, e);
        }
    }

    /** Files outside the store's own that a VMM must reach. */
    public static Optional<Path> userFile(DiskRecord disk, boolean readOnly) {
        return disk instanceof DiskRecord.UserDrive drive && drive.readOnly() == readOnly
                ? Optional.of(drive.file())
                : Optional.empty();
    }
}

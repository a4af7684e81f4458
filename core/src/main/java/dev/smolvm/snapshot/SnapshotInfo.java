package dev.smolvm.snapshot;

import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.MemoryForm;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What there is to tell about a snapshot.
 *
 * @param sandboxId of the sandbox it was taken from: others may have had its name before and since
 * @param vmm name and version of the VMM that saved it, such as {@code qemu 10.0.2}
 * @param accelerator what that VMM ran the guest with
 * @param memoryForm how it gave the memory away; empty without memory of its own that is complete
 * @param ownBytes allocated on disk for this snapshot alone
 * @param sharedBytes allocated for files that others use too (layers, the image)
 * @param restoredSandbox the sandbox it was last restored to
 * @param statePath device state; empty for a disk snapshot
 * @param memoryPath saved memory; empty for a disk snapshot
 * @param diskPath its topmost sealed layer
 * @param memorySize how much of the guest's memory it holds; empty for a disk snapshot
 * @param notes what the user should know, such as a diff without a parent
 * @param memoryParent the snapshot without which this one's memory cannot be put together
 * @param written what the user has written to it
 * @param notesDamage why that cannot be read; {@code written} is empty then
 */
public record SnapshotInfo(
        SnapshotId id,
        SandboxName sandbox,
        String sandboxId,
        String backend,
        String vmm,
        Accelerator accelerator,
        Optional<MemoryForm> memoryForm,
        SnapshotType type,
        Instant createdAt,
        long ownBytes,
        long sharedBytes,
        Optional<SnapshotId> parent,
        boolean restored,
        Optional<SandboxName> restoredSandbox,
        Optional<Path> statePath,
        Optional<Path> memoryPath,
        Path diskPath,
        Optional<MemorySize> memorySize,
        List<String> notes,
        Optional<SnapshotId> memoryParent,
        SnapshotNotes written,
        Optional<String> notesDamage) {
    public Optional<String> description() {
        return written.description();
    }

    /** Sorted by key. */
    public Map<String, String> labels() {
        return written.labels();
    }

    /** From when on a prune removes it. */
    public Optional<Instant> expires() {
        return written.expires();
    }
}

package dev.smolvm.archive;

import dev.smolvm.sandbox.SandboxDefinition;
import dev.smolvm.snapshot.DiskOrigin;
import dev.smolvm.snapshot.MemoryRecord;
import dev.smolvm.snapshot.SavedDisk;
import dev.smolvm.snapshot.SavedFile;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.Blob;
import dev.smolvm.vmm.MachineSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A snapshot's manifest as it leaves its store: nothing in it leads to a file of the host, or to another snapshot's memory.
 *
 * @param notes what whoever exports it should know
 */
record PortableManifest(SnapshotManifest manifest, List<String> notes) {
    /** For people: a mounted directory's disk was made from a directory of another host. */
    private static final Path ELSEWHERE = Path.of("/elsewhere");

    /** A diff holds all memory itself where little of its parent's was left. */
    static PortableManifest of(SnapshotManifest manifest) {
        return manifest.type() == SnapshotType.DIFF
                ? ofDiff(manifest, manifest.memory())
                : of(manifest, manifest.type(), manifest.memory(), manifest.notes(), List.of());
    }

    /** Of a diff whose memory was put together. */
    static PortableManifest withCompleteMemory(SnapshotManifest manifest, SavedFile memory) {
        return ofDiff(manifest, Optional.of(new MemoryRecord.Complete(memory, memory.size(), 0)));
    }

    private static PortableManifest ofDiff(SnapshotManifest manifest, Optional<MemoryRecord> memory) {
        return of(
                manifest,
                SnapshotType.FULL,
                memory,
                List.of("it was a diff snapshot where it was exported; its memory is complete here"),
                List.of("a diff snapshot: its memory is complete in the archive, so it is a full one where it is"
                        + " imported"));
    }

    private static PortableManifest of(
            SnapshotManifest manifest,
            SnapshotType type,
            Optional<MemoryRecord> memory,
            List<String> notes,
            List<String> said) {
        SnapshotManifest portable = new SnapshotManifest(
                manifest.id(),
                type,
                manifest.createdAt(),
                withKey(manifest.sandbox(), Optional.empty()),
                manifest.disks().stream().map(d -> disk(d, d.layers())).toList(),
                manifest.deviceState(),
                memory,
                manifest.parent(),
                manifest.pauseMillis(),
                notes);
        return new PortableManifest(portable, said);
    }

    /** The same disk, with what of it can be carried, and with other files of the same content. */
    static SavedDisk disk(SavedDisk disk, List<Blob> layers) {
        DiskOrigin origin =
                switch (disk.origin()) {
                    case DiskOrigin.Mount mount -> new DiskOrigin.Mount(mount.at(), ELSEWHERE);
                    // A copy, whatever file it was made from.
                    case DiskOrigin.Own _, DiskOrigin.Drive _ -> DiskOrigin.OWN;
                    case DiskOrigin.Outside _ -> throw new IllegalArgumentException("disk " + disk.id());
                };
        return new SavedDisk(disk.id(), disk.bytes(), layers, origin);
    }

    static SandboxDefinition withMachine(SandboxDefinition sandbox, MachineSpec machine) {
        return with(sandbox, machine, sandbox.sshKey());
    }

    /** The same sandbox, with another path to its key, or none. */
    static SandboxDefinition withKey(SandboxDefinition sandbox, Optional<Path> key) {
        return with(sandbox, sandbox.machine(), key);
    }

    private static SandboxDefinition with(SandboxDefinition sandbox, MachineSpec machine, Optional<Path> key) {
        return new SandboxDefinition(
                sandbox.name(),
                sandbox.id(),
                sandbox.image(),
                sandbox.os(),
                sandbox.createdAt(),
                machine,
                sandbox.network(),
                sandbox.agent(),
                sandbox.sshUser(),
                key);
    }
}

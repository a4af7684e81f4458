package dev.smolvm.snapshot;

import dev.smolvm.json.Json;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.Checksum;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.testing.Samples;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Manifests to test with. */
final class SampleManifests {
    static final long MEMORY = 512L << 20;

    private SampleManifests() {}

    static SnapshotManifest of(SnapshotId id, SnapshotType type) {
        return of(
                id,
                type,
                switch (type) {
                    case FULL -> Optional.of(complete());
                    case DIFF ->
                        Optional.of(new MemoryRecord.Changes(
                                file("memory.diff", 8_192),
                                MEMORY,
                                Optional.of(new SnapshotId("s0")),
                                Optional.of(new IndexChecksum("ef".repeat(32)))));
                    case DISK -> Optional.empty();
                });
    }

    static SnapshotManifest of(SnapshotId id, SnapshotType type, Optional<MemoryRecord> memory) {
        return new SnapshotManifest(
                id,
                type,
                Instant.parse("2026-01-02T03:04:05.678Z"),
                Samples.definition(Samples.machine()),
                List.of(new SavedDisk(
                        "root",
                        Samples.DISK_BYTES,
                        List.of(Samples.blob(BlobKind.LAYER), Samples.blob(BlobKind.LAYER)),
                        DiskOrigin.OWN)),
                type == SnapshotType.DISK ? Optional.empty() : Optional.of(file("device.state", 80_000)),
                memory,
                Optional.of(new SnapshotId("s0")),
                17,
                List.of("a note"));
    }

    static MemoryRecord complete() {
        return new MemoryRecord.Complete(file("memory", MEMORY + (2 << 20)), MEMORY, 1 << 20);
    }

    static SavedFile file(String name, long size) {
        return new SavedFile(name, size, size, new Checksum("sha256-4m:" + "cd".repeat(32)));
    }

    /** The file around a body, with the checksum that fits. */
    static String signed(Json body) {
        try {
            String checksum = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256")
                            .digest(body.compact().getBytes(StandardCharsets.UTF_8)));
            return Json.object()
                    .put("format", 1)
                    .put("checksum", checksum)
                    .put("snapshot", body)
                    .build()
                    .pretty();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

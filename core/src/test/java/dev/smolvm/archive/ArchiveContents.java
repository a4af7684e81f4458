package dev.smolvm.archive;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdInputStream;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.store.Blob;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** What is in an archive, and whether a snapshot that was imported holds the same as the one that was exported. */
final class ArchiveContents {
    private ArchiveContents() {}

    static void assertSame(Shelf here, SnapshotManifest saved, Shelf there, SnapshotManifest arrived)
            throws IOException {
        assertThat(arrived.disks()).hasSameSizeAs(saved.disks());
        List<Blob> before = new ArrayList<>(ArchiveDescription.blobs(saved));
        List<Blob> after = new ArrayList<>(ArchiveDescription.blobs(arrived));
        assertThat(after)
                .extracting(Blob::checksum)
                .isEqualTo(before.stream().map(Blob::checksum).toList());
        for (int i = 0; i < after.size(); i++) {
            assertThat(there.path(after.get(i))).hasSameBinaryContentAs(here.path(before.get(i)));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(there.path(after.get(i)))))
                    .isEqualTo("r--------");
        }
        for (String name : List.of("memory", "device.state")) {
            Path original = here.snapshot(saved.id()).resolve(name);
            Path copy = there.snapshot(arrived.id()).resolve(name);
            assertThat(Files.exists(copy)).isEqualTo(Files.exists(original));
            if (Files.exists(original)) {
                assertThat(copy).hasSameBinaryContentAs(original);
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)))
                        .isEqualTo("rw-------");
            }
        }
    }

    static Map<String, byte[]> entries(Path archive) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (InputStream in = Files.newInputStream(archive);
                TarArchiveInputStream tar = new TarArchiveInputStream(new ZstdInputStream(in))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                entries.put(entry.getName(), tar.readAllBytes());
            }
        }
        return entries;
    }

    static List<String> listed(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(f -> f.getFileName().toString()).toList();
        }
    }
}

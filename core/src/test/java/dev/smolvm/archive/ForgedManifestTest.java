package dev.smolvm.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.json.Json;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.testing.JsonChanges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests that somebody wrote, with checksums that fit. */
@Fault(Case.F20)
class ForgedManifestTest {
    @TempDir
    Path directory;

    @Test
    void with_any_field_changed_it_is_refused_or_does_no_harm() throws IOException {
        Shelf here = Shelf.open(directory.resolve("here"));
        here.full(Shelf.S1);
        Path file = here.export(Shelf.S1, directory.resolve("archive"));
        byte[] tar = Forgery.tar(file);
        Shelf there = Shelf.open(directory.resolve("there"));
        Map<String, String> before = there.files();
        int imported = 0;
        for (Json changed : (Iterable<Json>) JsonChanges.of(Forgery.snapshot(Forgery.description(tar)))::iterator) {
            Files.write(file, Forgery.compressed(Forgery.manifest(tar, _ -> (Json.Obj) changed, d -> d)));
            try {
                SnapshotId id = there.importFile(file).snapshot().id();
                imported++;
                SnapshotManifest manifest = there.manifest(id);
                assertThat(manifest.sandbox().sshKey()).isEmpty();
                ImportRules.check(manifest);
                there.vm().snapshots().delete(id);
            } catch (SmolVmException e) {
                assertThat(e.kind()).as(e.getMessage()).isIn(ErrorKind.INTEGRITY, ErrorKind.USAGE);
            }
            assertThat(there.files()).isEqualTo(before);
        }
        // Such as another name, or no network.
        assertThat(imported).isPositive();
    }
}

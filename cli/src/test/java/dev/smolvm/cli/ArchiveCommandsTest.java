package dev.smolvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.archive.ExportRequest;
import dev.smolvm.archive.ImportRequest;
import dev.smolvm.cli.fake.CliRun;
import dev.smolvm.json.JsonFields;
import dev.smolvm.store.SnapshotId;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ArchiveCommandsTest {
    private final CliRun cli = new CliRun();

    @Test
    void export_passes_its_options_on_and_prints_sizes_and_notes() {
        cli.snapshots.with("s1", "web", null);
        assertThat(cli.run("sandbox", "snapshot", "export", "s1", "-o", "s1.smolvm"))
                .isZero();
        assertThat(cli.out()).isEqualTo("s1 written to s1.smolvm (12 MiB, 70 MiB uncompressed)\nnote: a note\n");
        assertThat(cli.run("sandbox", "snapshot", "export", "s1", "-o", "f", "--no-base", "--force", "--json"))
                .isZero();
        assertThat(cli.archives.exported)
                .containsExactly(
                        new ExportRequest(new SnapshotId("s1"), Path.of("s1.smolvm"), true, false),
                        new ExportRequest(new SnapshotId("s1"), Path.of("f"), false, true));
        JsonFields data = cli.json().object("data");
        assertThat(data.object("snapshot").string("snapshot_id")).isEqualTo("s1");
        assertThat(data.object("archive").string("path"))
                .isEqualTo(Path.of("f").toAbsolutePath().toString());
        assertThat(data.object("archive").integer("size_bytes")).isEqualTo(12L << 20);
        assertThat(data.object("archive").integer("content_bytes")).isEqualTo(70L << 20);
        assertThat(data.strings("notes")).containsExactly("a note");
    }

    @Test
    void export_needs_a_file_and_a_snapshot() {
        assertThat(cli.run("sandbox", "snapshot", "export", "s1")).isEqualTo(2);
        assertThat(cli.run("sandbox", "snapshot", "export", "s1", "-o", "f")).isEqualTo(3);
        assertThat(cli.archives.exported).isEmpty();
    }

    @Test
    void import_passes_its_options_on_and_prints_what_was_here() {
        assertThat(cli.run("sandbox", "snapshot", "import", "s1.smolvm")).isZero();
        assertThat(cli.out())
                .isEqualTo("s1 imported from s1.smolvm (full, 180 MiB own, 3.0 GiB shared)\n"
                        + "3 of its 4 disk and kernel files were here\nnote: a warning\n");
        assertThat(cli.run("sandbox", "snapshot", "import", "f", "--name", "s2", "--ssh-key", "k", "--json"))
                .isZero();
        assertThat(cli.archives.imported)
                .containsExactly(
                        new ImportRequest(Path.of("s1.smolvm"), Optional.empty(), Optional.empty()),
                        new ImportRequest(Path.of("f"), Optional.of(new SnapshotId("s2")), Optional.of(Path.of("k"))));
        JsonFields data = cli.json().object("data");
        assertThat(data.object("snapshot").string("snapshot_id")).isEqualTo("s2");
        assertThat(data.integer("files")).isEqualTo(4);
        assertThat(data.integer("files_here")).isEqualTo(3);
        assertThat(data.strings("notes")).containsExactly("a warning");
    }
}

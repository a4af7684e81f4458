package dev.smolvm.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.store.DurableFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Archives with bytes changed, and maps of holes of every kind. */
class ArchivePropertyTest {
    private static Path directory;
    private static Path file;
    private static Shelf there;
    private static byte[] archive;
    private static byte[] tar;
    private static SnapshotManifest saved;
    private static Map<String, String> before;

    @BeforeContainer
    static void anArchive() throws IOException {
        directory = Files.createTempDirectory("archives");
        Shelf here = Shelf.open(directory.resolve("here"));
        saved = here.full(Shelf.S1);
        file = here.export(Shelf.S1, directory.resolve("archive"));
        archive = Files.readAllBytes(file);
        tar = Forgery.tar(file);
        there = Shelf.empty(directory.resolve("there"));
        before = there.files();
    }

    @AfterContainer
    static void remove() throws IOException {
        DurableFiles.deleteTree(directory);
    }

    @Property(tries = 400)
    void changed_bytes_of_the_file_import_the_same_snapshot_or_nothing(
            @ForAll @Size(min = 1, max = 4) List<@IntRange(max = Integer.MAX_VALUE) Integer> places, @ForAll byte value)
            throws IOException {
        byte[] changed = archive.clone();
        places.forEach(place -> changed[place % changed.length] = value);
        importing(changed);
    }

    @Property(tries = 400)
    void changed_bytes_of_what_is_compressed_import_nothing(
            @ForAll @IntRange(max = Integer.MAX_VALUE) int place, @ForAll @IntRange(min = 1, max = 255) int change)
            throws IOException {
        byte[] changed = tar.clone();
        changed[place % changed.length] ^= (byte) change;
        importing(Forgery.compressed(changed));
    }

    @Property(tries = 200)
    void parts_that_are_left_out_or_doubled_import_nothing(
            @ForAll @IntRange(max = 500) int from,
            @ForAll @IntRange(max = 500) int to,
            @ForAll @IntRange(max = 500) int goOn)
            throws IOException {
        int blocks = tar.length / TarBlocks.BLOCK;
        int cut = to % blocks * TarBlocks.BLOCK;
        int rest = goOn % blocks * TarBlocks.BLOCK;
        importing(
                Forgery.compressed(Forgery.join(tar, 0, Math.max(from % 2 * TarBlocks.BLOCK, cut), rest, tar.length)));
    }

    private static void importing(byte[] bytes) throws IOException {
        Files.write(file, bytes);
        try {
            there.importFile(file);
            SnapshotManifest arrived = there.manifest(Shelf.S1);
            assertThat(arrived.memory().orElseThrow().file().checksum())
                    .isEqualTo(saved.memory().orElseThrow().file().checksum());
            assertThat(arrived.notes()).isEqualTo(saved.notes());
            there.vm().snapshots().delete(Shelf.S1);
        } catch (SmolVmException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
        assertThat(there.files()).isEqualTo(before);
    }

    @Property(tries = 1000)
    void a_map_of_holes_is_read_as_it_was_written(
            @ForAll @Size(max = 40) List<@IntRange(min = 0, max = 9000) Integer> lengths,
            @ForAll @IntRange(max = 5000) int end)
            throws IOException {
        ExtentMap.Builder builder = new ExtentMap.Builder();
        long at = 0;
        for (int i = 0; i < lengths.size(); i++) {
            if (i % 2 == 1) {
                builder.add(at, lengths.get(i));
            }
            at += lengths.get(i);
        }
        ExtentMap map = builder.build(at + end);
        byte[] bytes = map.toBytes();
        ExtentMap read = ExtentMap.read(new ByteArrayInputStream(bytes), bytes.length, map.size(), map.stored());
        assertThat(read.toBytes()).isEqualTo(bytes);
        assertThat(read.count()).isEqualTo(map.count());
        assertThat(read.stored()).isEqualTo(map.stored());
    }

    @Property(tries = 2000)
    void any_other_map_is_refused_or_the_one_way_to_write_it(
            @ForAll @Size(max = 30) List<@IntRange(max = 12) Integer> characters) throws IOException {
        byte[] bytes = new byte[TarBlocks.BLOCK];
        for (int i = 0; i < characters.size(); i++) {
            bytes[i] = (byte) "0123456789\n\n-".charAt(characters.get(i));
        }
        for (long stored : new long[] {0, 1, 5, 12}) {
            try {
                ExtentMap map = ExtentMap.read(new ByteArrayInputStream(bytes), bytes.length, 20, stored);
                assertThat(map.toBytes()).isEqualTo(bytes);
            } catch (JsonFormatException e) {
                assertThat(e.getMessage()).contains("map");
            }
        }
    }

    @Property(tries = 500)
    void a_header_says_the_size_that_it_was_made_for(@ForAll long size) {
        long given = size & Long.MAX_VALUE;
        assertThat(TarBlocks.size(TarBlocks.header("x", given, '0'))).isEqualTo(given);
        byte[] block = TarBlocks.header("x", given, '0');
        assertThat(Arrays.equals(block, TarBlocks.header("x", given, '0'))).isTrue();
    }
}

package dev.smolvm.vmm.qemu;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.os.SparseFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MappedRamFileTest {
    private static final int PAGE = MappedRamWriter.PAGE;

    @TempDir
    Path directory;

    @Test
    void finds_every_block_with_its_pages() throws IOException {
        BitSet odd = everyOther(130);
        Path file = new MappedRamWriter()
                .block("ram", 130, odd)
                .block("vga.vram", 64, new BitSet())
                .block("/rom@etc/acpi/tables", 32, all(32))
                .write(directory.resolve("memory"));
        MappedRamFile read = MappedRamFile.read(file);
        assertThat(read.blocks())
                .extracting(MappedRamFile.Block::name)
                .containsExactly("ram", "vga.vram", "/rom@etc/acpi/tables");
        MappedRamFile.Block ram = read.block("ram");
        assertThat(ram.length()).isEqualTo(130L * PAGE);
        assertThat(ram.pageSize()).isEqualTo(PAGE);
        assertThat(read.presentPages(ram)).isEqualTo(odd);
        assertThat(read.presentPages(read.block("vga.vram")).isEmpty()).isTrue();
        assertThat(read.presentPages(read.block("/rom@etc/acpi/tables"))).isEqualTo(all(32));
        assertThatThrownBy(() -> read.block("other")).hasMessageContaining("no RAM block other");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 63, 64, 65, 127, 128, 200})
    void clears_exactly_the_pages_whose_bit_is_clear(int pages) throws IOException {
        BitSet present = new BitSet();
        Random random = new Random(pages);
        for (int i = 0; i < pages; i++) {
            present.set(i, random.nextBoolean());
        }
        Path file = new MappedRamWriter()
                .block("first", 5, new BitSet())
                .block("ram", pages, present)
                .block("last", 5, new BitSet())
                .write(directory.resolve("memory"));
        MappedRamFile read = MappedRamFile.read(file);
        assertThat(read.clearStalePages(read.block("ram"))).isEqualTo((long) (pages - present.cardinality()) * PAGE);
        check(file, read.block("ram"), page -> present.get(page) ? MappedRamWriter.content(page) : 0);
        // Its neighbours are left as they were.
        for (String other : List.of("first", "last")) {
            check(file, read.block(other), page -> (byte) 0xEE);
        }
        assertThat(MappedRamFile.read(file)).isEqualTo(read);
        assertThat(read.clearStalePages(read.block("ram"))).isZero();
    }

    @Test
    void holes_cost_nothing_and_stay() throws IOException {
        Path file = new MappedRamWriter().block("ram", 256, all(256)).write(directory.resolve("memory"));
        MappedRamFile read = MappedRamFile.read(file);
        MappedRamFile.Block ram = read.block("ram");
        try (SparseFile sparse = SparseFile.openForWriting(file)) {
            sparse.punch(ram.pagesOffset() + 16 * PAGE, 200 * PAGE);
        }
        setBitmap(file, ram, new BitSet());
        assertThat(read.clearStalePages(ram)).isEqualTo(56L * PAGE);
        check(file, ram, page -> (byte) 0);
    }

    @Test
    void bits_behind_the_last_page_do_not_matter() throws IOException {
        BitSet present = new BitSet();
        present.set(70, 128);
        Path file = new MappedRamWriter().block("ram", 70, present).write(directory.resolve("memory"));
        MappedRamFile read = MappedRamFile.read(file);
        assertThat(read.clearStalePages(read.block("ram"))).isEqualTo(70L * PAGE);
        check(file, read.block("ram"), page -> (byte) 0);
    }

    @Test
    void a_file_cut_off_anywhere_is_an_integrity_failure() throws IOException {
        MappedRamWriter writer = new MappedRamWriter().block("ram", 65, all(65));
        Path file = writer.write(directory.resolve("memory"));
        int end = writer.fields().get("ram bitmap");
        for (int size = 0; size <= end; size++) {
            truncate(file, writer, size);
            assertThat(kindOf(() -> MappedRamFile.read(file)))
                    .as("size " + size)
                    .isEqualTo(ErrorKind.INTEGRITY);
        }
        truncate(file, writer, (int) (Files.size(writer.write(file)) - PAGE));
        assertThat(kindOf(() -> MappedRamFile.read(file))).isEqualTo(ErrorKind.INTEGRITY);
    }

    @Test
    void a_file_that_is_a_link_is_not_followed() throws IOException {
        Path file = new MappedRamWriter().block("ram", 65, new BitSet()).write(directory.resolve("memory"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        assertThatThrownBy(() -> MappedRamFile.read(link)).isInstanceOf(IOException.class);
        MappedRamFile read = MappedRamFile.read(file);
        assertThatThrownBy(() -> new MappedRamFile(link, 2, read.blocks()).clearStalePages(read.block("ram")))
                .isInstanceOf(IOException.class);
        check(file, read.block("ram"), page -> (byte) 0xEE);
    }

    @Test
    void a_header_that_promises_more_memory_than_there_is_takes_none() throws IOException {
        MappedRamWriter writer = new MappedRamWriter().block("ram", 65, all(65));
        Path file = writer.write(directory.resolve("memory"));
        Map<String, Integer> at = writer.fields();
        for (long length :
                new long[] {1L << 41, 1L << 43, 1L << 44, 1L << 52, 1L << 62, Long.MAX_VALUE & ~0xFFFL, -PAGE}) {
            // The bitmap of so many pages fits between the header and the pages, and all of it is a hole.
            long bitmap = Math.min(length / PAGE / 8, 1L << 40);
            try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
                raw.seek(at.get("memory size"));
                raw.writeLong(length | 4);
                raw.seek(at.get("ram length"));
                raw.writeLong(length);
                raw.seek(at.get("ram pages offset"));
                raw.writeLong(at.get("ram bitmap") + bitmap + PAGE);
                // As large as the header says where the file system has such files.
                raw.setLength(bitmap + (8L << 20) + (length > 0 && length <= 1L << 43 ? length : 0));
            }
            assertThat(kindOf(() -> {
                        MappedRamFile read = MappedRamFile.read(file);
                        read.clearStalePages(read.block("ram"));
                    }))
                    .as("length " + length)
                    .isEqualTo(ErrorKind.INTEGRITY);
        }
    }

    private interface Content {
        byte of(int page);
    }

    private static void check(Path file, MappedRamFile.Block block, Content content) throws IOException {
        byte[] page = new byte[PAGE];
        byte[] wanted = new byte[PAGE];
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "r")) {
            for (int i = 0; i < block.length() / PAGE; i++) {
                raw.seek(block.pagesOffset() + (long) i * PAGE);
                raw.readFully(page);
                java.util.Arrays.fill(wanted, content.of(i));
                assertThat(page).as("page " + i).isEqualTo(wanted);
            }
        }
    }

    private static void setBitmap(Path file, MappedRamFile.Block block, BitSet bits) throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.seek(block.bitmapOffset());
            raw.write(java.util.Arrays.copyOf(bits.toByteArray(), (int) block.length() / PAGE / 8));
        }
    }

    private static void truncate(Path file, MappedRamWriter writer, int size) throws IOException {
        if (Files.size(file) < size) {
            writer.write(file);
        }
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.setLength(size);
        }
    }

    private static BitSet everyOther(int pages) {
        BitSet bits = new BitSet();
        for (int i = 0; i < pages; i += 2) {
            bits.set(i);
        }
        return bits;
    }

    private static BitSet all(int pages) {
        BitSet bits = new BitSet();
        bits.set(0, pages);
        return bits;
    }
}

package dev.smolvm.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

class MappedRamFilePropertyTest {
    private static Path file;
    private static List<Integer> fields;
    private static byte[] header;

    @BeforeContainer
    static void write() throws IOException {
        BitSet present = new BitSet();
        present.set(3, 40);
        MappedRamWriter writer = new MappedRamWriter().block("ram", 70, present).block("vga.vram", 2, new BitSet());
        file = writer.write(Files.createTempFile("mapped-ram", ""));
        fields = new ArrayList<>(writer.fields().values());
        fields.removeLast();
        header = new byte[fields.getLast() + 64];
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "r")) {
            raw.readFully(header);
        }
    }

    @AfterContainer
    static void remove() throws IOException {
        Files.delete(file);
    }

    /** One change to the header. */
    record Damage(int field, int width, long value) {}

    @Property(tries = 3000)
    void a_damaged_header_is_noticed_or_harmless(@ForAll("damages") @Size(min = 1, max = 3) List<Damage> damages)
            throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            try {
                for (Damage damage : damages) {
                    raw.seek(fields.get(damage.field()));
                    for (int i = damage.width() - 1; i >= 0; i--) {
                        raw.write((int) (damage.value() >>> 8 * i));
                    }
                }
                long size = raw.length();
                for (MappedRamFile.Block block : MappedRamFile.read(file).blocks()) {
                    assertThat(block.pagesOffset()).isBetween(0L, size);
                    assertThat(block.length()).isBetween(1L, size - block.pagesOffset());
                    assertThat(new MappedRamFile(file, 2, List.of())
                                    .presentPages(block)
                                    .length())
                            .isLessThanOrEqualTo((int) (block.length() / block.pageSize() + 63) / 64 * 64);
                }
            } catch (SmolVmException e) {
                assertThat(e.kind()).isEqualTo(ErrorKind.INTEGRITY);
            } finally {
                raw.seek(0);
                raw.write(header);
            }
        }
    }

    @Provide
    Arbitrary<List<Damage>> damages() {
        Arbitrary<Long> values = Arbitraries.oneOf(
                Arbitraries.longs(),
                Arbitraries.longs().between(0, 1 << 20),
                Arbitraries.integers().between(0, 63).map(bit -> 1L << bit),
                Arbitraries.integers().between(0, 63).map(bit -> (1L << bit) - 1));
        // The second block's fields lie in the middle of a sparse file, and count too.
        Arbitrary<Damage> one = Arbitraries.integers().between(0, 13).flatMap(field -> Arbitraries.of(1, 4, 8)
                .flatMap(width -> values.map(value -> new Damage(field, width, value))));
        return one.list();
    }
}

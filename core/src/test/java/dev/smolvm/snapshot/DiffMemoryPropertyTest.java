package dev.smolvm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class DiffMemoryPropertyTest {
    private static final int PAGE = DiffMemory.PAGE;
    private static final long MEMORY_PAGES = 64;

    @Property(tries = 2000)
    void a_hostile_index_is_refused_or_lies_within_memory_and_file(@ForAll("headers") List<Long> words)
            throws IOException {
        Path file = Files.createTempFile("diff", "");
        try {
            try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
                raw.writeLong(0x534d_4f4c_4449_4646L);
                raw.writeInt(1);
                raw.writeInt(PAGE);
                raw.writeLong(MEMORY_PAGES * PAGE);
                for (long word : words) {
                    raw.writeLong(word);
                }
                raw.setLength(PAGE + words.size() % 5L * PAGE);
            }
            try (FileChannel in = FileChannel.open(file)) {
                DiffMemory.Index index = DiffMemory.readIndex(in, file, MEMORY_PAGES * PAGE, Optional.empty());
                long end = 0;
                for (DiffMemory.Run run : index.runs()) {
                    assertThat(run.firstPage()).isGreaterThanOrEqualTo(end);
                    assertThat(run.pages()).isPositive();
                    end = run.firstPage() + run.pages();
                }
                assertThat(end).isLessThanOrEqualTo(MEMORY_PAGES);
            } catch (SmolVmException e) {
                assertThat(e.kind()).isEqualTo(ErrorKind.INTEGRITY);
            }
        } finally {
            Files.delete(file);
        }
    }

    @Provide
    Arbitrary<List<Long>> headers() {
        Arbitrary<Long> word = Arbitraries.oneOf(
                Arbitraries.longs().between(0, 70),
                Arbitraries.longs().between(0, 70).map(v -> v | 1L << 63),
                Arbitraries.longs());
        return word.list().ofMinSize(1).ofMaxSize(12);
    }
}

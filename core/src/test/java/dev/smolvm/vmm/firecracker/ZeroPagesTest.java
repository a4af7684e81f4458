package dev.smolvm.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.os.SparseFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZeroPagesTest {
    private static final int PAGE = 4096;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void pages_of_zeros_become_holes_and_nothing_changes(int seed) throws IOException {
        Random random = new Random(seed);
        byte[] content = new byte[(700 + random.nextInt(400)) * PAGE];
        int kept = 0;
        for (int page = 0; page < content.length / PAGE; page += 1 + random.nextInt(40)) {
            // A page with one byte anywhere is no page of zeros.
            content[page * PAGE + random.nextInt(PAGE)] = 1;
            kept++;
        }
        Path file = Files.write(directory.resolve("memory"), content);
        ZeroPages.makeHoles(file);
        assertThat(Files.readAllBytes(file)).isEqualTo(content);
        assertThat(SparseFile.allocated(file)).isEqualTo((long) kept * PAGE);
        ZeroPages.makeHoles(file);
        assertThat(SparseFile.allocated(file)).isEqualTo((long) kept * PAGE);
    }

    @Test
    void a_part_of_a_page_at_the_end_stays() throws IOException {
        Path file = Files.write(directory.resolve("memory"), new byte[PAGE + 100]);
        ZeroPages.makeHoles(file);
        assertThat(file).hasSize(PAGE + 100);
        assertThat(Files.readAllBytes(file)).containsOnly(0);
        ZeroPages.makeHoles(Files.createFile(directory.resolve("empty")));
    }

    @Test
    void a_link_is_not_followed() throws IOException {
        Path file = Files.write(directory.resolve("memory"), new byte[PAGE]);
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        assertThatThrownBy(() -> ZeroPages.makeHoles(link)).isInstanceOf(IOException.class);
        assertThat(SparseFile.allocated(file)).isEqualTo(PAGE);
    }
}

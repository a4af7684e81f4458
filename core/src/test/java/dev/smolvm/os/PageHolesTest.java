package dev.smolvm.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.os.SparseFile.Extent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageHolesTest {
    private static final long PAGE = 4096;
    private static final long MIB = 1 << 20;

    @TempDir
    Path directory;

    /** Where tests run there are ext4, XFS, Btrfs or tmpfs. */
    @Test
    void a_common_file_system_keeps_them_and_nothing_is_left_behind() throws IOException {
        assertThat(PageHoles.keptIn(directory)).isTrue();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void only_the_page_that_was_written_may_count_as_written() {
        assertThat(PageHoles.exact(List.of(new Extent(MIB + PAGE, PAGE)))).isTrue();
        // Blocks of 8 and 64 KiB, the whole file, the page and another, and nothing before it is on disk.
        assertThat(PageHoles.exact(List.of(new Extent(MIB, 2 * PAGE)))).isFalse();
        assertThat(PageHoles.exact(List.of(new Extent(MIB, 16 * PAGE)))).isFalse();
        assertThat(PageHoles.exact(List.of(new Extent(0, 4 * MIB)))).isFalse();
        assertThat(PageHoles.exact(List.of(new Extent(MIB + PAGE, PAGE), new Extent(3 * MIB, PAGE))))
                .isFalse();
        assertThat(PageHoles.exact(List.of())).isFalse();
    }
}

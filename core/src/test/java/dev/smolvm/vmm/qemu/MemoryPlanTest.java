package dev.smolvm.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.vmm.MemoryOverlay;
import dev.smolvm.vmm.SavedState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The layout is in docs/format.md; guest/memory/test reads such plans. */
class MemoryPlanTest {
    @TempDir
    Path directory;

    @Test
    void names_the_files_as_they_are_and_the_runs_in_order() throws IOException {
        Path base = Files.write(directory.resolve("memory"), new byte[3 * 4096]);
        Path changes = Files.write(directory.resolve("memory.diff"), new byte[2 * 4096]);
        SavedState state = new SavedState(
                directory.resolve("device.state"),
                base,
                4096,
                new MemoryOverlay(
                        List.of(changes),
                        List.of(
                                new MemoryOverlay.Run(0, 1, 0, 4096),
                                new MemoryOverlay.Run(1, 1, MemoryOverlay.ZEROS, 0))));
        ByteBuffer plan = ByteBuffer.wrap(MemoryPlan.of(state, 2 * 4096));
        byte[] magic = new byte[8];
        plan.get(magic);
        assertThat(new String(magic, StandardCharsets.US_ASCII)).isEqualTo("SMOLPLAN");
        assertThat(plan.getInt()).isEqualTo(1);
        assertThat(plan.getInt()).isEqualTo(4096);
        assertThat(plan.getLong()).isEqualTo(2 * 4096);
        assertThat(plan.getLong()).isEqualTo(4096);
        assertThat(plan.getInt()).isEqualTo(2);
        assertThat(plan.getInt()).isEqualTo(2);
        file(plan, base, 3 * 4096);
        file(plan, changes, 2 * 4096);
        run(plan, 0, 1, 1, 4096);
        run(plan, 1, 1, 0, 0);
        assertThat(plan.hasRemaining()).isFalse();
    }

    @Test
    void a_file_that_is_missing_is_found_before_a_process_is_started() {
        SavedState state = new SavedState(
                directory.resolve("device.state"),
                directory.resolve("memory"),
                0,
                new MemoryOverlay(List.of(), List.of(new MemoryOverlay.Run(0, 1, MemoryOverlay.ZEROS, 0))));
        assertThatThrownBy(() -> MemoryPlan.of(state, 4096)).isInstanceOf(NoSuchFileException.class);
    }

    private static void file(ByteBuffer plan, Path file, long size) throws IOException {
        assertThat(plan.getLong()).isEqualTo(Files.getAttribute(file, "unix:dev"));
        assertThat(plan.getLong()).isEqualTo(Files.getAttribute(file, "unix:ino"));
        assertThat(plan.getLong()).isEqualTo(size);
        byte[] path = new byte[plan.getShort()];
        plan.get(path);
        assertThat(new String(path, StandardCharsets.UTF_8)).isEqualTo(file.toString());
    }

    private static void run(ByteBuffer plan, long first, long pages, int file, long offset) {
        assertThat(plan.getLong()).isEqualTo(first);
        assertThat(plan.getLong()).isEqualTo(pages);
        assertThat(plan.getInt()).isEqualTo(file);
        assertThat(plan.getLong()).isEqualTo(offset);
    }
}

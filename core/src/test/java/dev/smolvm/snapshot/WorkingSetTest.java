package dev.smolvm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.os.SparseFile.Extent;
import dev.smolvm.store.Store;
import dev.smolvm.vmm.SavedState;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkingSetTest {
    private static final long PID = ProcessHandle.current().pid();
    private static final long MIB = 1 << 20;

    @TempDir
    Path directory;

    private WorkingSet workingSet;
    private SavedState state;
    private Path list;

    @BeforeEach
    void makeState() throws IOException {
        Store store = Store.open(directory.resolve("store"), Duration.ofSeconds(1));
        Path snapshot = Files.createDirectory(store.layout().snapshots().resolve("s"));
        Path memory = snapshot.resolve("memory");
        Files.write(memory, new byte[(int) (32 * MIB)]);
        workingSet = new WorkingSet(store);
        state = new SavedState(snapshot.resolve("device.state"), memory, 0);
        list = store.layout().workingSet(snapshot);
    }

    /** The launcher's test has the same text with the same sum. */
    @Test
    void is_written_as_the_launcher_reads_it() {
        assertThat(WorkingSet.text(List.of(new Extent(32 * MIB, 4 * MIB), new Extent(MIB, 65536)), 64 * MIB))
                .isEqualTo(
                        """
                        smolvm-working-set 1 67108864
                        33554432 4194304
                        1048576 65536
                        sum 9c1c8e85e24d68a5
                        """);
    }

    @Test
    void is_never_longer_than_the_launcher_reads() {
        Extent far = new Extent(1L << 42, 1L << 42);
        assertThat(WorkingSet.text(Collections.nCopies(100_000, far), 1L << 43)).hasSizeLessThan(64 << 10);
    }

    @Test
    void is_what_the_process_has_touched_and_stays() throws IOException {
        assertThat(workingSet.readAhead(state)).isEqualTo(state);
        try (FileChannel channel = FileChannel.open(state.memory(), StandardOpenOption.READ)) {
            MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, 32 * MIB);
            assertThat(mapped.get((int) (20 * MIB))).isZero();
            workingSet.record(state, PID);
        }
        List<String> lines = Files.readAllLines(list);
        assertThat(lines.getFirst()).isEqualTo("smolvm-working-set 1 " + 32 * MIB);
        assertThat(lines).hasSize(3);
        String[] part = lines.get(1).split(" ");
        // The kernel maps some pages around a fault along.
        assertThat(Long.parseLong(part[0])).isBetween(19 * MIB, 20 * MIB);
        assertThat(Long.parseLong(part[1])).isBetween(4096L, MIB);
        assertThat(workingSet.readAhead(state).workingSet()).contains(list);

        workingSet.record(state, PID);
        assertThat(Files.readAllLines(list)).isEqualTo(lines);
    }

    @Test
    void is_not_written_where_nothing_can_be_known() {
        workingSet.record(state, PID);
        assertThat(list).as("not mapped").doesNotExist();
        workingSet.record(state, Integer.MAX_VALUE);
        assertThat(list).as("no such process").doesNotExist();
    }
}

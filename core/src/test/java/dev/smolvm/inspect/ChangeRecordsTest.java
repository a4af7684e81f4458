package dev.smolvm.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.smolvm.inspect.FileChange.Aspect;
import dev.smolvm.inspect.FileChange.Change;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ChangeRecordsTest {
    private static final Side BEFORE = new Side.OfSnapshot(new SnapshotId("a"));
    private static final Side AFTER = new Side.OfSandbox(new SandboxName("b"));
    private static final byte[] GOOD = Records.all(
            Records.change(3, 1, 1, 1 | 2 | 4, "etc/app.conf"),
            Records.progress(64),
            Records.change(3, 1, 3, 8, "etc/was-a-file"),
            Records.change(1, 0, 1, 0, 0, 5_000_000_000L, "srv/two\nlines".getBytes(StandardCharsets.UTF_8)),
            Records.change(2, 2, 0, 0, "srv/old"),
            Records.change(4, 2, 2, 0, "srv/broken"),
            Records.end(70, 5));

    private final List<Long> told = new ArrayList<>();
    private final ChangeRecords records = new ChangeRecords(told::add);

    private TreeDiff read(byte[] bytes) {
        records.write(bytes, 0, bytes.length);
        return records.result(BEFORE, AFTER);
    }

    @Test
    void differences_come_with_kinds_sizes_and_what_changed() {
        TreeDiff diff = read(GOOD);

        assertThat(diff.compared()).isEqualTo(70);
        assertThat(told).containsExactly(64L);
        assertThat(diff.changes())
                .extracting(FileChange::path)
                .containsExactly("/etc/app.conf", "/etc/was-a-file", "/srv/two\nlines", "/srv/old", "/srv/broken");
        FileChange changed = diff.changes().get(0);
        assertThat(changed.change()).isEqualTo(Change.CHANGED);
        assertThat(changed.aspects()).containsExactlyInAnyOrder(Aspect.CONTENT, Aspect.MODE, Aspect.OWNER);
        assertThat(changed.before()).contains(new FileChange.State(FileKind.FILE, 12));
        assertThat(changed.after()).contains(new FileChange.State(FileKind.FILE, 34));
        assertThat(diff.changes().get(1).after().orElseThrow().kind()).isEqualTo(FileKind.LINK);
        assertThat(diff.changes().get(2).before()).isEmpty();
        assertThat(diff.changes().get(2).after()).contains(new FileChange.State(FileKind.FILE, 5_000_000_000L));
        assertThat(diff.changes().get(3).after()).isEmpty();
        assertThat(diff.count(Change.UNREADABLE)).isEqualTo(1);
        // 22 more, 12 bytes less, and the new file.
        assertThat(diff.grownBytes()).isEqualTo(5_000_000_000L + 22 - 12);
    }

    @Property(tries = 50)
    void records_may_come_in_pieces_of_any_size(@ForAll @IntRange(min = 1, max = 90) int piece) {
        ChangeRecords cut = new ChangeRecords(_ -> {});
        for (int at = 0; at < GOOD.length; at += piece) {
            cut.write(GOOD, at, Math.min(piece, GOOD.length - at));
        }
        assertThat(cut.result(BEFORE, AFTER).changes()).hasSize(5);
    }

    @Test
    void the_longest_path_fits() {
        String path = ("x".repeat(255) + "/").repeat(15) + "y".repeat(255);
        assertThat(path).hasSize(ChangeRecords.LONGEST_PATH);
        assertThat(read(Records.all(Records.added(path), Records.end(1, 1))).changes())
                .extracting(FileChange::path)
                .containsExactly("/" + path);
    }

    static Stream<byte[]> nonsense() {
        return Stream.of(
                new byte[] {'X'},
                Records.change(0, 0, 1, 0, "a"),
                Records.change(5, 0, 1, 0, "a"),
                Records.change(1, 0, 8, 0, "a"),
                Records.change(1, 1, 1, 0, "a"),
                Records.change(1, 0, 1, 1, "a"),
                Records.change(2, 0, 1, 0, "a"),
                Records.change(3, 1, 1, 0, "a"),
                Records.change(3, 1, 0, 1, "a"),
                Records.change(3, 1, 1, 64, "a"),
                Records.change(3, 1, 1, 1, -1, 0, new byte[] {'a'}),
                Records.change(1, 0, 1, 0, 0, 0, new byte[0]),
                Records.change(1, 0, 1, 0, 0, 0, new byte[4096]),
                Records.added("/etc"),
                Records.added("a//b"),
                Records.added("a/"),
                Records.added("../up"),
                Records.added("a/./b"),
                Records.added("a\0b"),
                Records.added("x".repeat(256)),
                Records.progress(-1),
                Records.end(-1, 0),
                Records.end(1, 1),
                Records.all(Records.end(0, 0), new byte[1]),
                Records.all(Records.end(0, 0), Records.end(0, 0)));
    }

    @ParameterizedTest
    @MethodSource("nonsense")
    void nonsense_is_refused(byte[] bytes) {
        assertThatThrownBy(() -> read(bytes)).isInstanceOf(InvalidRecordsException.class);
    }

    @Test
    void what_ends_too_early_is_no_result() {
        for (int length = 0; length < GOOD.length; length++) {
            ChangeRecords cut = new ChangeRecords(_ -> {});
            cut.write(GOOD, 0, length);
            assertThatThrownBy(() -> cut.result(BEFORE, AFTER)).isInstanceOf(InvalidRecordsException.class);
        }
    }

    @Property
    void no_bytes_do_anything_else(@ForAll @Size(max = 200) byte[] bytes) {
        Throwable thrown = catchThrowable(() -> new ChangeRecords(_ -> {}).write(bytes, 0, bytes.length));
        if (thrown != null) {
            assertThat(thrown).isInstanceOf(InvalidRecordsException.class);
        }
    }

    @Test
    void endless_differences_are_not_kept() {
        byte[] one = Records.added("a");
        for (int i = 0; i < ChangeRecords.MAX_CHANGES; i++) {
            records.write(one, 0, one.length);
        }
        assertThatThrownBy(() -> records.write(one, 0, one.length)).isInstanceOf(ChangeRecords.TooManyException.class);
    }

    @Test
    void endless_names_are_not_kept() {
        byte[] one = Records.added(("x".repeat(255) + "/").repeat(15) + "y");
        int fit = ChangeRecords.MAX_PATH_BYTES / (one.length - 23);
        for (int i = 0; i < fit; i++) {
            records.write(one, 0, one.length);
        }
        assertThatThrownBy(() -> records.write(one, 0, one.length)).isInstanceOf(ChangeRecords.TooManyException.class);
    }

    @Test
    void a_name_that_is_no_text_is_escaped() {
        byte[] name = {'a', '/', (byte) 0xFF, 'b'};
        assertThat(ReportedPath.of(name)).isEqualTo("/a/\\xffb");
        assertThat(ReportedPath.of("ü".getBytes(StandardCharsets.UTF_8))).isEqualTo("/ü");
        assertThat(ReportedPath.of(new byte[] {'.'})).isEqualTo("/");
    }
}

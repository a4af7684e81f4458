package dev.smolvm.inspect;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class UnifiedTextTest {
    private static final Side BEFORE = new Side.OfSnapshot(new SnapshotId("clean"));
    private static final Side AFTER = new Side.OfSandbox(new SandboxName("web"));

    private static ContentDiff diff(String before, String after) {
        return UnifiedText.of(
                "/f",
                BEFORE,
                AFTER,
                Optional.ofNullable(before).map(t -> t.getBytes(StandardCharsets.ISO_8859_1)),
                Optional.ofNullable(after).map(t -> t.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private static List<String> lines(String before, String after) {
        ContentDiff diff = diff(before, after);
        assertThat(diff).isInstanceOf(ContentDiff.Text.class);
        return ((ContentDiff.Text) diff).lines();
    }

    @Test
    void changed_lines_come_with_context_and_what_was_removed_first() {
        String before = IntStream.range(0, 20).mapToObj(i -> "line " + i + "\n").collect(Collectors.joining());
        String after = before.replace("line 9\nline 10\n", "new\n").replace("line 12\n", "line 12\nmore\n");
        assertThat(lines(before, after))
                .containsExactly(
                        "--- snapshot:clean:/f",
                        "+++ sandbox:web:/f",
                        "@@ -7,10 +7,10 @@",
                        " line 6",
                        " line 7",
                        " line 8",
                        "-line 9",
                        "-line 10",
                        "+new",
                        " line 11",
                        " line 12",
                        "+more",
                        " line 13",
                        " line 14",
                        " line 15");
    }

    @Test
    void a_file_that_is_on_one_side_alone_is_all_new_or_all_gone() {
        assertThat(lines(null, "a\nb\n"))
                .containsExactly("--- /dev/null", "+++ sandbox:web:/f", "@@ -0,0 +1,2 @@", "+a", "+b");
        assertThat(lines("a\n", null))
                .containsExactly("--- snapshot:clean:/f", "+++ /dev/null", "@@ -1,1 +0,0 @@", "-a");
    }

    @Test
    void a_missing_end_of_line_is_a_difference() {
        assertThat(lines("a\nb", "a\nb\n")).endsWith("-b", "\\ No newline at end of file", "+b");
    }

    @Test
    void what_is_no_text_is_called_so() {
        assertThat(diff("a\0", "b")).isEqualTo(new ContentDiff.Binary(OptionalLong.of(2), OptionalLong.of(1)));
        assertThat(diff(null, "\u00ff")).isEqualTo(new ContentDiff.Binary(OptionalLong.empty(), OptionalLong.of(1)));
    }

    @Test
    void equal_files_are_the_same_whatever_they_are() {
        assertThat(diff("\0", "\0")).isInstanceOf(ContentDiff.Same.class);
        assertThat(diff("", "")).isInstanceOf(ContentDiff.Same.class);
    }

    @Test
    void an_empty_file_that_came_is_no_lines() {
        assertThat(lines(null, "")).doesNotContain("+");
    }

    @Test
    void too_many_lines_are_refused() {
        String many = "\n".repeat(UnifiedText.MAX_LINES + 1);
        assertThat(kindOf(() -> diff(many, "a\n"))).isEqualTo(ErrorKind.UNSUPPORTED);
    }

    /** The comparison takes lines times differences: what the limit lets through must end. */
    @Test
    void two_files_of_the_limit_without_a_line_in_common_are_compared() {
        String before = IntStream.range(0, UnifiedText.MAX_LINES)
                .mapToObj(i -> "a" + i + "\n")
                .collect(Collectors.joining());
        assertThat(lines(before, before.replace('a', 'b'))).hasSize(2 * UnifiedText.MAX_LINES + 3);
    }
}

package dev.smolvm.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.inspect.FileChange.Aspect;
import dev.smolvm.inspect.FileChange.Change;
import dev.smolvm.os.Command;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program that the throw-away VM runs (guest/inspect), here on two directories. */
class ComparisonProgramTest {
    private static final Side SIDE = new Side.OfSnapshot(new SnapshotId("s"));

    @TempDir
    Path directory;

    private Path program;
    private Path before;
    private Path after;

    @BeforeEach
    void trees() throws IOException {
        program = directory.resolve("smolvm-inspect");
        try (InputStream in = getClass().getResourceAsStream("/dev/smolvm/guest/payload/smolvm-inspect")) {
            Files.write(program, in.readAllBytes());
        }
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        before = Files.createDirectory(directory.resolve("before"));
        after = Files.createDirectory(directory.resolve("after"));
    }

    private TreeDiff compare(String how) throws IOException {
        Path out = directory.resolve("out");
        Command.of(program.toString(), how, before.toString(), after.toString())
                .outputTo(out)
                .check();
        ChangeRecords records = new ChangeRecords(_ -> {});
        byte[] bytes = Files.readAllBytes(out);
        records.write(bytes, 0, bytes.length);
        return records.result(SIDE, SIDE);
    }

    private Map<String, String> changes() throws IOException {
        Map<String, String> changes = new LinkedHashMap<>();
        for (FileChange change : compare("compare").changes()) {
            changes.put(change.path(), change.change() + (change.aspects().isEmpty() ? "" : " " + change.aspects()));
        }
        return changes;
    }

    private void both(String name, String contentBefore, String contentAfter) throws IOException {
        Files.writeString(before.resolve(name), contentBefore);
        Files.writeString(after.resolve(name), contentAfter);
    }

    @Test
    void each_difference_is_named_in_order() throws IOException {
        both("same", "x", "x");
        both("content", "x", "y");
        both("size", "x", "xx");
        both("mode", "x", "x");
        Files.setPosixFilePermissions(after.resolve("mode"), PosixFilePermissions.fromString("rwxr-x---"));
        Files.writeString(before.resolve("gone"), "1");
        Files.createDirectories(after.resolve("new/deep"));
        Files.writeString(after.resolve("new/deep/file"), "12345");
        Files.createSymbolicLink(before.resolve("link"), Path.of("/etc"));
        Files.createSymbolicLink(after.resolve("link"), Path.of("/usr"));
        Files.createDirectories(before.resolve("kind/inside"));
        Files.writeString(after.resolve("kind"), "now a file");
        Files.writeString(after.resolve("two\nlines"), "");

        assertThat(changes())
                .containsExactly(
                        Map.entry("/content", "CHANGED [CONTENT]"),
                        Map.entry("/gone", "REMOVED"),
                        Map.entry("/kind", "CHANGED [KIND]"),
                        Map.entry("/kind/inside", "REMOVED"),
                        Map.entry("/link", "CHANGED [LINK_TARGET]"),
                        Map.entry("/mode", "CHANGED [MODE]"),
                        Map.entry("/new", "ADDED"),
                        Map.entry("/new/deep", "ADDED"),
                        Map.entry("/new/deep/file", "ADDED"),
                        Map.entry("/size", "CHANGED [CONTENT]"),
                        Map.entry("/two\nlines", "ADDED"));
    }

    @Test
    void a_renamed_file_is_gone_in_one_place_and_new_in_another() throws IOException {
        Files.writeString(before.resolve("old"), "x");
        Files.writeString(after.resolve("young"), "x");
        assertThat(changes()).containsExactly(Map.entry("/old", "REMOVED"), Map.entry("/young", "ADDED"));
    }

    @Test
    void a_name_that_is_no_text_is_escaped() throws IOException {
        Command.of("sh", "-c", "touch \"$1/$(printf 'a\\377b')\"", "sh", after.toString())
                .check();
        assertThat(changes()).containsExactly(Map.entry("/a\\xffb", "ADDED"));
    }

    @Test
    void links_lead_nowhere() throws IOException {
        Path outside = Files.createDirectory(directory.resolve("outside"));
        Files.writeString(outside.resolve("secret"), "x");
        Files.createSymbolicLink(before.resolve("way"), outside);
        Files.createDirectory(after.resolve("way"));
        assertThat(changes()).containsExactly(Map.entry("/way", "CHANGED [KIND]"));
    }

    @Test
    void the_holes_of_a_huge_file_are_not_read() throws IOException {
        for (Path tree : new Path[] {before, after}) {
            try (RandomAccessFile file =
                    new RandomAccessFile(tree.resolve("huge").toFile(), "rw")) {
                file.setLength(4L << 40);
                file.seek(3L << 40);
                file.write(tree == before ? 'a' : 'b');
            }
        }
        assertThat(changes()).containsExactly(Map.entry("/huge", "CHANGED [CONTENT]"));
    }

    @Test
    void a_tree_of_any_depth_ends() throws IOException {
        Path deep = after;
        for (int i = 0; i < 230; i++) {
            deep = Files.createDirectory(deep.resolve("d"));
        }
        TreeDiff diff = compare("compare");
        assertThat(diff.count(Change.ADDED)).isEqualTo(201);
        assertThat(diff.count(Change.UNREADABLE)).isEqualTo(1);
    }

    @Test
    void paths_longer_than_any_may_be_are_said_to_be_unreadable() throws IOException {
        Command.of(
                        "sh",
                        "-ec",
                        "cd \"$1\"; n=$(printf '%0250d' 0); i=0;"
                                + " while [ $i -lt 20 ]; do mkdir $n; cd -P $n; i=$((i+1)); done",
                        "sh",
                        after.toString())
                .check();
        long unreadable = compare("compare").count(Change.UNREADABLE);
        // Java cannot remove it.
        Command.of("rm", "-rf", after.toString()).check();
        assertThat(unreadable).isEqualTo(1);
    }

    /** As between two snapshots of one disk: the inode is the same, and so is what it says. */
    @Test
    void a_file_that_nobody_wrote_is_not_read_unless_all_are() throws IOException {
        Files.writeString(before.resolve("file"), "x");
        Files.createLink(after.resolve("file"), before.resolve("file"));
        assertThat(Files.readAttributes(after.resolve("file"), BasicFileAttributes.class)
                        .fileKey())
                .isEqualTo(Files.readAttributes(before.resolve("file"), BasicFileAttributes.class)
                        .fileKey());
        assertThat(compare("compare").changes()).isEmpty();
        assertThat(compare("compare-all").changes()).isEmpty();
        assertThat(compare("compare-all").compared()).isEqualTo(2);
    }

    @Test
    void another_time_alone_is_no_difference() throws IOException {
        both("file", "x", "x");
        Files.setLastModifiedTime(after.resolve("file"), FileTime.fromMillis(1_000));
        assertThat(changes()).isEmpty();
    }

    @Test
    void the_root_itself_is_compared() throws IOException {
        Files.setPosixFilePermissions(after, PosixFilePermissions.fromString("rwx------"));
        Files.setPosixFilePermissions(before, PosixFilePermissions.fromString("rwxr-xr-x"));
        FileChange root = compare("compare").changes().getFirst();
        assertThat(root.path()).isEqualTo("/");
        assertThat(root.aspects()).isEqualTo(Set.of(Aspect.MODE));
    }

    @Test
    void reading_one_file_follows_links_inside_the_tree_only() throws IOException {
        Files.createDirectory(before.resolve("etc"));
        Files.writeString(before.resolve("etc/passwd"), "mine");
        Files.createSymbolicLink(before.resolve("link"), Path.of("/etc/passwd"));
        Files.createSymbolicLink(before.resolve("up"), Path.of("../../../../etc/passwd"));
        Files.createSymbolicLink(before.resolve("self"), Path.of("self"));
        assertThat(read("/link", 100)).isEqualTo("0 mine");
        assertThat(read("/up", 100)).isEqualTo("0 mine");
        assertThat(read("/../etc/passwd", 100)).isEqualTo("0 mine");
        assertThat(read("/link", 3)).isEqualTo("12 ");
        assertThat(read("/link", 4)).isEqualTo("0 mine");
        assertThat(read("/nothing", 100)).isEqualTo("10 ");
        assertThat(read("/etc/passwd/below", 100)).isEqualTo("10 ");
        assertThat(read("/self", 100)).isEqualTo("10 ");
        assertThat(read("/etc", 100)).isEqualTo("16 ");
        Command.of("mkfifo", before.resolve("pipe").toString()).check();
        assertThat(read("/pipe", 100)).isEqualTo("11 ");
    }

    @Test
    void what_cannot_be_read_is_said_in_words() {
        assertThat(DiskFailures.path(SIDE, "/srv", new InspectProgram.Ended(InspectProgram.Ended.A_DIRECTORY, "")))
                .hasMessage("read /srv in snapshot s: it is a directory");
        assertThat(DiskFailures.path(SIDE, "/nope", new InspectProgram.Ended(InspectProgram.Ended.NOT_THERE, "")))
                .hasMessage("there is no /nope in snapshot s");
    }

    private String read(String path, int limit) {
        Command.Result result = Command.of(program.toString(), "read", before.toString(), path, Integer.toString(limit))
                .run();
        return result.exitCode() + " " + result.output();
    }
}

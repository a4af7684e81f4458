package dev.smolvm.store;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.testing.ChildJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoreTest {
    private static final Duration SHORT = Duration.ofMillis(50);

    @TempDir
    Path directory;

    private Path root;

    @BeforeEach
    void name() {
        root = directory.resolve("home").resolve("store");
    }

    @Test
    void is_made_where_there_is_none_and_opened_again() throws IOException {
        Store.open(root, SHORT);
        assertThat(root.resolve("format")).hasContent("1\n");
        assertThat(mode(root)).isEqualTo("rwx------");
        for (String part : List.of("images", "layers", "sandboxes", "snapshots", "tmp")) {
            assertThat(mode(root.resolve(part))).isEqualTo("rwx------");
        }
        assertThat(mode(root.resolve("locks"))).isEqualTo("rw-------");
        assertThat(root.resolve("tmp")).isEmptyDirectory();
        Files.createFile(root.resolve("layers/kept"));
        Store.open(root, SHORT);
        assertThat(root.resolve("layers/kept")).exists();
    }

    @Test
    void is_made_in_an_empty_directory_and_after_a_creation_that_was_cut_short() throws IOException {
        Files.createDirectories(root.resolve("images"));
        Files.createDirectories(root.resolve("tmp"));
        Store.open(root, SHORT);
        assertThat(root.resolve("format")).exists();
    }

    @Fault(Case.F12)
    @Test
    void is_made_once_by_many_at_the_same_time() throws Exception {
        int openers = 6;
        try (ExecutorService threads = Executors.newFixedThreadPool(openers)) {
            for (int round = 0; round < 60; round++) {
                Path store = root.resolve("round-" + round);
                Files.createDirectories(root);
                CyclicBarrier start = new CyclicBarrier(openers);
                List<Future<Store>> opened = new ArrayList<>();
                for (int i = 0; i < openers; i++) {
                    opened.add(threads.submit(() -> {
                        start.await();
                        return Store.open(store, SHORT);
                    }));
                }
                for (Future<Store> each : opened) {
                    assertThat(each.get()).isNotNull();
                }
            }
        }
    }

    @Test
    void a_directory_with_other_files_is_left_alone() throws IOException {
        Files.createDirectories(root);
        Files.writeString(root.resolve("letter.txt"), "dear");
        assertThatThrownBy(() -> Store.open(root, SHORT))
                .isInstanceOfSatisfying(SmolVmException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.USAGE);
                    assertThat(e.advice()).contains("SMOLVM_HOME");
                })
                .hasMessageContaining(root.toString());
        try (var files = Files.list(root)) {
            assertThat(files).containsExactly(root.resolve("letter.txt"));
        }
    }

    @Test
    void a_file_in_its_place_is_named() throws IOException {
        Files.createDirectories(root.getParent());
        Files.writeString(root, "not a directory");
        assertThatThrownBy(() -> Store.open(root, SHORT))
                .isInstanceOf(SmolVmException.class)
                .hasMessageContaining(root.toString());
        assertThat(root).hasContent("not a directory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2\n", "0", "", "one", "1 2", "\u001b[31m"})
    void another_format_is_incompatible(String format) throws IOException {
        Store.open(root, SHORT);
        Files.writeString(root.resolve("format"), format);
        assertThatThrownBy(() -> Store.open(root, SHORT))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INCOMPATIBLE))
                .hasMessageContaining("knows format 1")
                .hasMessageNotContaining("\u001b");
    }

    @Test
    void a_format_file_without_end_is_not_read_whole() throws IOException {
        Store.open(root, SHORT);
        try (var file = new java.io.RandomAccessFile(root.resolve("format").toFile(), "rw")) {
            file.setLength(4L << 30);
        }
        assertThat(kindOf(() -> Store.open(root, SHORT))).isEqualTo(ErrorKind.INCOMPATIBLE);
    }

    @Fault(Case.F24)
    @ParameterizedTest
    @ValueSource(strings = {"images", "layers", "sandboxes", "snapshots", "tmp", "locks", "format"})
    void a_planted_link_is_refused_and_its_target_unchanged(String part) throws IOException {
        Store.open(root, SHORT);
        Path target = directory.resolve("target");
        if (Files.isDirectory(root.resolve(part))) {
            Files.createDirectory(target);
            Files.writeString(target.resolve("file"), "mine");
        } else {
            Files.writeString(target, "1\n");
        }
        Files.delete(root.resolve(part));
        Files.createSymbolicLink(root.resolve(part), target);
        assertThatThrownBy(() -> Store.open(root, SHORT))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.USAGE))
                .hasMessageContaining(root.resolve(part).toString());
        if (Files.isDirectory(target)) {
            assertThat(target.resolve("file")).hasContent("mine");
        } else {
            assertThat(target).hasContent("1\n");
        }
    }

    @Fault(Case.F24)
    @Test
    void a_link_planted_in_tmp_is_removed_and_its_target_unchanged() throws IOException {
        Store.open(root, SHORT);
        Path target = Files.createDirectory(directory.resolve("target"));
        Files.writeString(target.resolve("file"), "mine");
        Files.createSymbolicLink(root.resolve("tmp/left"), target);
        Files.createDirectory(root.resolve("tmp/right"));
        Files.createSymbolicLink(root.resolve("tmp/right/deep"), target);
        Store.open(root, SHORT);
        assertThat(root.resolve("tmp")).isEmptyDirectory();
        assertThat(target.resolve("file")).hasContent("mine");
    }

    @Test
    void a_part_that_is_missing_is_named() throws IOException {
        Store.open(root, SHORT);
        Files.delete(root.resolve("snapshots"));
        assertThatThrownBy(() -> Store.open(root, SHORT)).hasMessageContaining("snapshots is missing");
    }

    /** F28 */
    @Test
    void somebody_elses_store_is_a_usage_error_that_names_it() throws IOException {
        Store.open(root, SHORT);
        int user = (Integer) Files.getAttribute(root, "unix:uid");
        Store.checkOwner(root, user);
        assertThatThrownBy(() -> Store.checkOwner(root, user + 1))
                .hasMessage("the store " + root + " belongs to another user (" + user + ")");
        assertThat(kindOf(() -> {
                    try {
                        Store.checkOwner(root, user + 1);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }))
                .isEqualTo(ErrorKind.USAGE);
    }

    /** Root may write anywhere, so where the tests run as root the store is opened by another user. */
    @Fault(Case.F28)
    @Test
    void a_store_that_may_not_be_written_is_a_usage_error_that_names_it() throws Exception {
        Store.open(root, SHORT);
        List<String> wrapper = List.of();
        if ((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0) {
            wrapper = List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--");
            for (Path path : List.of(directory, root.getParent())) {
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
        for (Path path : List.of(root.resolve("tmp"), root)) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("r-xr-xr-x"));
        }
        for (String part : List.of("locks", "format")) {
            Files.setPosixFilePermissions(root.resolve(part), PosixFilePermissions.fromString("r--r--r--"));
        }
        try (ChildJvm child = ChildJvm.startUnder(wrapper, Opener.class, root.toString())) {
            assertThat(child.line()).startsWith("USAGE ").contains(root.toString());
            assertThat(child.awaitExit()).isZero();
        } finally {
            Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Fault(Case.F25)
    @ParameterizedTest
    @ValueSource(strings = {"000", "077", "777"})
    void modes_do_not_depend_on_the_umask(String umask) throws Exception {
        List<String> wrapper = List.of("sh", "-c", "umask " + umask + "; exec \"$@\"", "sh");
        try (ChildJvm child = ChildJvm.startUnder(wrapper, Opener.class, root.toString())) {
            assertThat(child.line()).isEqualTo("opened");
            assertThat(child.awaitExit()).isZero();
        }
        try (var files = Files.walk(root)) {
            assertThat(files)
                    .allSatisfy(f -> assertThat(mode(f)).isEqualTo(Files.isDirectory(f) ? "rwx------" : "rw-------"));
        }
        assertThat(root.resolve("images/made/file")).exists();
    }

    /** Opens a store, adds an image directory with a file, and prints how it went. */
    static final class Opener {
        public static void main(String[] args) throws IOException {
            try {
                Store store = Store.open(Path.of(args[0]), SHORT);
                try (Staging staging = store.stage()) {
                    Path made = staging.file("made");
                    DurableFiles.createDirectory(made);
                    DurableFiles.write(made.resolve("file"), "x");
                    staging.publish(made, store.layout().images().resolve("made"));
                }
                System.out.println("opened");
            } catch (SmolVmException e) {
                System.out.println(e.kind() + " " + e.getMessage());
            }
        }
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}

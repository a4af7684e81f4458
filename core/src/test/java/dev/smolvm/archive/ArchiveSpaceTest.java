package dev.smolvm.archive;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.os.Command;
import dev.smolvm.testing.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the room ends in the middle: here the size that a file may have, which is told in the same way as a full disk. */
@Fault(Case.F02)
class ArchiveSpaceTest {
    @TempDir
    Path directory;

    @Test
    void an_export_that_does_not_fit_leaves_no_file() throws IOException, InterruptedException {
        Shelf here = Shelf.open(directory.resolve("here"));
        here.full(Shelf.S1);
        Path file = directory.resolve("archive");
        assertThat(inChild(1_000, "export", directory.resolve("here"), file)).isEqualTo("NO_SPACE");
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left).containsExactly(directory.resolve("here"));
        }
        assertThat(inChild(100_000_000, "export", directory.resolve("here"), file))
                .isEqualTo("done");
    }

    @Test
    void an_import_that_does_not_fit_leaves_nothing_and_works_later() throws IOException, InterruptedException {
        Shelf here = Shelf.open(directory.resolve("here"));
        here.full(Shelf.S1);
        Path file = here.export(Shelf.S1, directory.resolve("archive"));
        Shelf there = Shelf.empty(directory.resolve("there"));
        Map<String, String> before = there.files();
        // The layers fit, the memory does not.
        assertThat(inChild(1_000_000, "import", directory.resolve("there"), file))
                .isEqualTo("NO_SPACE");
        assertThat(there.files()).isEqualTo(before);
        assertThat(inChild(100_000_000, "import", directory.resolve("there"), file))
                .isEqualTo("done");
        assertThat(there.ids()).containsExactly(Shelf.S1);
    }

    private static String inChild(int fileBytes, String what, Path store, Path file)
            throws IOException, InterruptedException {
        try (ChildJvm child = ChildJvm.start(
                ArchiveSpaceTest.class, what, store.toString(), file.toString(), Integer.toString(fileBytes))) {
            String line = child.line();
            assertThat(child.awaitExit()).isZero();
            return line;
        }
    }

    public static void main(String[] arguments) throws IOException {
        // Unpacks a file that is larger than what is to fit.
        ZstdLibrary.load();
        Command.of("prlimit", "--pid", Long.toString(ProcessHandle.current().pid()), "--fsize=" + arguments[3])
                .check();
        SmolVm vm = SmolVm.open(Path.of(arguments[1]), Duration.ofSeconds(5));
        Path file = Path.of(arguments[2]);
        boolean[] done = {false};
        Runnable work = arguments[0].equals("export")
                ? () -> vm.archives().export(new ExportRequest(Shelf.S1, file, true, false), Progress.NONE)
                : () -> vm.archives()
                        .importFile(new ImportRequest(file, Optional.empty(), Optional.empty()), Progress.NONE);
        try {
            ErrorKind kind = kindOf(() -> {
                work.run();
                done[0] = true;
            });
            System.out.println(kind);
        } catch (AssertionError e) {
            System.out.println(done[0] ? "done" : e.getMessage());
        }
    }
}

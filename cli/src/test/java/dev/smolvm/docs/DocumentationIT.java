package dev.smolvm.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import dev.smolvm.docs.ConsoleBlock.Step;
import dev.smolvm.docs.MarkdownFile.Block;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Follows README and guides from top to bottom, as a reader would, on real virtual machines in a fresh store: every command has
 * to end as the text shows, and to print what the text shows but for numbers.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DocumentationIT {
    private static final Path ROOT =
            Path.of(System.getProperty("smolvm.root", "..")).toAbsolutePath().normalize();
    private static final Pattern OUTSIDE = Pattern.compile("[a-z]+:.*");

    @TempDir
    static Path scratch;

    private static Path store;

    @BeforeAll
    static void aFreshStore() throws IOException {
        store = scratch.resolve("store");
        Files.createDirectory(scratch.resolve("here"));
    }

    @AfterAll
    static void nothingKeepsRunning() throws IOException {
        try (ReadersShell shell = shell()) {
            shell.run(ReadersShell.DELETE_ALL);
        }
    }

    @Test
    @Order(1)
    void theReadmesCommandsDoWhatItShows() throws IOException {
        follow("README.md");
    }

    @Test
    @Order(2)
    void theLibraryExampleRunsAndIsTheOneInTheReadme() throws IOException {
        List<String> source = Files.readAllLines(ROOT.resolve("cli/src/test/java/dev/smolvm/docs/TryOrRollBack.java"));
        List<Block> java = MarkdownFile.read(ROOT.resolve("README.md")).blocks().stream()
                .filter(b -> b.language().equals("java"))
                .toList();
        assertThat(java).singleElement().extracting(Block::lines).isEqualTo(source.subList(2, source.size()));

        try (ReadersShell shell = shell()) {
            ReadersShell.Ran ran = shell.run("'" + System.getProperty("java.home") + "/bin/java' -cp '"
                    + System.getProperty("java.class.path")
                    + "' --enable-native-access=ALL-UNNAMED dev.smolvm.docs.TryOrRollBack");
            assertThat(ran.output()).contains("precious");
            assertThat(ran.exitCode()).isZero();
        }
    }

    @Test
    @Order(3)
    void theSnapshotGuidesCommandsDoWhatItShows() throws IOException {
        follow("docs/guides/snapshots.md");
    }

    @Test
    @Order(4)
    void theHistoryGuidesCommandsDoWhatItShows() throws IOException {
        follow("docs/guides/history.md");
    }

    @Test
    @Order(5)
    void theGuideToMovingSnapshotsShowsWhatHappens() throws IOException {
        follow("docs/guides/moving-snapshots.md");
    }

    @Test
    @Order(6)
    void theFirecrackerGuidesCommandsDoWhatItShowsWhereTheyCanRun() throws IOException {
        follow("docs/guides/firecracker.md");
    }

    @Test
    @Order(5)
    void theForkGuidesCommandsDoWhatItShows() throws IOException {
        follow("docs/guides/forks.md");
    }

    @Test
    void thePictureShowsTheReadmesSession() throws IOException {
        Block session = MarkdownFile.read(ROOT.resolve("README.md")).blocks().stream()
                .filter(b -> b.marked("picture"))
                .findFirst()
                .orElseThrow();
        String picture =
                Files.readString(ROOT.resolve(session.marker().orElseThrow().value()));
        assertThat(TerminalPicture.lines(picture)).isEqualTo(session.lines());
    }

    @Test
    void linksLeadSomewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path file : markdown()) {
            for (String link : MarkdownFile.read(file).links()) {
                String target = link.replaceFirst("#.*", "");
                if (OUTSIDE.matcher(link).matches()) {
                    continue;
                }
                Path to = target.isEmpty() ? file : file.resolveSibling(target).normalize();
                if (!Files.exists(to) || link.contains("#") && !headings(to).contains(link.replaceFirst(".*#", ""))) {
                    broken.add(ROOT.relativize(file) + ": " + link);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    private static List<Path> markdown() throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> top = Files.list(ROOT);
                Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            Stream.concat(top, docs).filter(p -> p.toString().endsWith(".md")).forEach(found::add);
        }
        return found;
    }

    /** As GitHub names them. */
    private static List<String> headings(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("^#+ *", "")
                        .toLowerCase(java.util.Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .toList();
    }

    private static ReadersShell shell() throws IOException {
        return new ReadersShell(scratch.resolve("here"), ROOT.resolve("smolvm"), store);
    }

    private static void follow(String document) throws IOException {
        List<String> wrong = new ArrayList<>();
        try (ReadersShell shell = shell()) {
            for (Block block : MarkdownFile.read(ROOT.resolve(document)).blocks()) {
                String place = document + ":" + block.line();
                if (!shell.follows(block)) {
                    continue;
                } else if (block.marked("file")) {
                    shell.save(block);
                } else if (block.language().equals("console")) {
                    follow(ConsoleBlock.of(block.lines()), shell, place, wrong);
                } else if (block.language().equals("sh")) {
                    ReadersShell.Ran ran = shell.run("(set -e\n" + block.text() + ")");
                    expect(ran.exitCode() == 0, place, block.text(), ran, wrong);
                }
            }
        }
        if (!wrong.isEmpty()) {
            fail(String.join("\n\n", wrong));
        }
    }

    private static void follow(ConsoleBlock block, ReadersShell shell, String place, List<String> wrong)
            throws IOException {
        List<Step> steps = block.steps();
        assertThat(steps).as(place).isNotEmpty();
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            ReadersShell.Ran ran = shell.run(step.command());
            boolean codeIsShown = i + 1 < steps.size() && steps.get(i + 1).asksForTheCode();
            expect(codeIsShown || (ran.exitCode() != 0) == step.shownToFail(), place, step.command(), ran, wrong);
            if (!step.looksLike(ran.output())) {
                wrong.add(place + ": $ " + step.command() + "\nshown:\n" + String.join("\n", step.output())
                        + "\nprinted:\n" + String.join("\n", ran.output()));
            }
        }
    }

    private static void expect(boolean good, String place, String command, ReadersShell.Ran ran, List<String> wrong) {
        if (!good) {
            wrong.add(place + ": $ " + command + "\nended with code " + ran.exitCode() + ", having printed:\n"
                    + String.join("\n", ran.output()));
        }
    }
}

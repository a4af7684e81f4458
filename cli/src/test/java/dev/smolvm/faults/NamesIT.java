package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Names and ids that nobody may have, given to every command that takes one. */
@ExtendWith(ToolExtension.class)
@Fault(Case.F19)
class NamesIT {
    private static final int USAGE = 2;
    private static final String NAME = "{}";

    private static final List<String> BAD = List.of(
            "../x",
            "..",
            "/etc/passwd",
            "a/b",
            "",
            "-x",
            "a\nb",
            "a\u001b[31mb\u0007\u009b",
            "a,b",
            "x".repeat(300),
            "Upper",
            "\ud83d\udc0d");

    private final Tool tool;

    NamesIT(Tool tool) {
        this.tool = tool;
    }

    private static List<String[]> commands(Path file) {
        String disk = file.toString();
        List<String[]> commands = new ArrayList<>();
        for (String line :
                """
                sandbox create --name={}
                sandbox create --image={}
                sandbox info -- {}
                sandbox start -- {}
                sandbox stop -- {}
                sandbox pause -- {}
                sandbox resume -- {}
                sandbox delete --force -- {}
                sandbox logs -- {}
                sandbox exec -- {} true
                sandbox shell -- {}
                sandbox file upload -- {} FILE /tmp/x
                sandbox file download -- {} /etc/hostname FILE.new
                sandbox port expose -- {} 80
                sandbox port close -- {} 8080
                sandbox port list -- {}
                sandbox snapshot create -- {}
                sandbox snapshot create box --snapshot-id={}
                sandbox snapshot list --vm-id={}
                sandbox snapshot info -- {}
                sandbox snapshot restore -- {}
                sandbox snapshot delete -- {}
                image build tiny --name={}
                image inspect -- {}
                image rm -- {}
                image import --disk=FILE -- {}
                """
                        .split("\n")) {
            commands.add(line.replace("FILE", disk).split(" "));
        }
        return commands;
    }

    @Test
    void badNamesAreRefusedEverywhereAndTouchNothing() throws IOException {
        Path file = Files.createFile(tool.directory().resolve("disk.raw"));
        List<String> before = listing(tool.directory());
        int runs = 0;
        // A process each for the first name; in the short form the others take turns with the commands.
        List<String[]> commands = commands(file);
        for (int c = 0; c < commands.size(); c++) {
            for (int n = 0; n < BAD.size(); n++) {
                if (Form.isLong() || n == 0 || n % 8 == c % 8) {
                    refused(commands.get(c), BAD.get(n));
                    runs++;
                    Injections.record(
                            Case.F19,
                            "a bad name for: "
                                    + String.join(" ", commands.get(c)).replace(file.toString(), "FILE"),
                            "exit " + USAGE);
                }
            }
        }
        assertThat(listing(tool.directory())).isEqualTo(before);
        Files.delete(file);
        System.out.println("bad names: " + runs + " command lines refused");
    }

    private void refused(String[] command, String name) {
        String[] arguments =
                Stream.of(command).map(word -> word.replace(NAME, name)).toArray(String[]::new);
        Outcome outcome = tool.run(arguments).exited(USAGE);
        String where = List.of(arguments) + ": " + outcome;
        assertThat(outcome.out()).as(where).isEmpty();
        assertThat(outcome.err().lines().filter(l -> l.startsWith("error: ")).count())
                .as(where)
                .isEqualTo(1);
        assertThat(outcome.err().lines().count()).as(where).isBetween(1L, 2L);
        assertThat(outcome.err().codePoints().filter(c -> Character.isISOControl(c) && c != '\n'))
                .as(where)
                .isEmpty();
        assertThat(outcome.err().length()).as(where).isLessThan(500);
    }

    private static List<String> listing(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.map(p -> directory.relativize(p).toString())
                    .filter(p -> !p.matches("store/sandboxes/[^/]+/vm/run-.*"))
                    .sorted()
                    .toList();
        }
    }
}

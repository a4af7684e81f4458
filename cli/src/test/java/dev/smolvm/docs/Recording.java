package dev.smolvm.docs;

import dev.smolvm.docs.ConsoleBlock.Step;
import dev.smolvm.docs.MarkdownFile.Block;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Follows Markdown files as {@link DocumentationIT} does, but writes what was printed into them, and draws the blocks that are
 * marked {@code <!-- picture: FILE -->}. Run by docs/record.sh.
 */
final class Recording {
    private static final String READERS_STORE = "/home/me/.smolvm";

    private final Path store;

    private Recording(Path store) {
        this.store = store;
    }

    public static void main(String[] files) throws IOException {
        Path scratch = Files.createTempDirectory("recording");
        Path here = Files.createDirectory(scratch.resolve("here"));
        Recording recording = new Recording(scratch.resolve("store"));
        for (String file : files) {
            try (ReadersShell shell =
                    new ReadersShell(here, Path.of("smolvm").toAbsolutePath(), scratch.resolve("store"))) {
                recording.record(Path.of(file), shell);
            }
        }
        try (ReadersShell shell =
                new ReadersShell(here, Path.of("smolvm").toAbsolutePath(), scratch.resolve("store"))) {
            shell.run(ReadersShell.DELETE_ALL + "; rm -rf '" + scratch + "'");
        }
    }

    private void record(Path file, ReadersShell shell) throws IOException {
        Map<Integer, List<String>> recorded = new HashMap<>();
        for (Block block : MarkdownFile.read(file).blocks()) {
            if (!shell.follows(block)) {
                continue;
            } else if (block.marked("file")) {
                shell.save(block);
            } else if (block.language().equals("console")) {
                recorded.put(block.line(), record(ConsoleBlock.of(block.lines()), shell));
            } else if (block.language().equals("sh")) {
                shell.run("(set -e\n" + block.text() + ")");
            }
            if (block.marked("picture")) {
                Path picture = file.resolveSibling(block.marker().orElseThrow().value());
                Files.createDirectories(picture.getParent());
                Files.writeString(picture, TerminalPicture.draw(recorded.get(block.line())));
            }
        }
        write(file, recorded);
    }

    private List<String> record(ConsoleBlock block, ReadersShell shell) throws IOException {
        List<String> lines = new ArrayList<>();
        for (Step step : block.steps()) {
            lines.add("$ " + step.command().replace("\n", "\n> "));
            for (String line : shell.run(step.command()).output()) {
                if (!line.isEmpty()) {
                    lines.add(line.replace(store.toString(), READERS_STORE));
                }
            }
        }
        return lines;
    }

    private static void write(Path file, Map<Integer, List<String>> recorded) throws IOException {
        List<String> lines = Files.readAllLines(file);
        List<String> written = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            written.add(lines.get(i));
            List<String> block = recorded.get(i + 1);
            if (block != null) {
                written.addAll(block);
                while (!lines.get(i + 1).equals("```")) {
                    i++;
                }
            }
        }
        Files.write(file, written);
    }
}

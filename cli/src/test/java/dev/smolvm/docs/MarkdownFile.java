package dev.smolvm.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Markdown file's fenced blocks and links. A comment on the line before a fence says what it is for: {@code <!-- not run:
 * why -->} leaves it out, {@code <!-- only where: COMMAND -->} where the command fails, {@code <!-- file: NAME -->} is a file that
 * the reader is told to save.
 */
record MarkdownFile(Path path, List<Block> blocks, List<String> links) {
    private static final Pattern MARKER = Pattern.compile("<!-- ([a-z ]+): (.+) -->");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");

    /** @param line where its fence is, from 1 */
    record Block(String language, int line, Optional<Marker> marker, List<String> lines) {
        boolean marked(String kind) {
            return marker.filter(m -> m.kind().equals(kind)).isPresent();
        }

        String text() {
            return String.join("\n", lines) + "\n";
        }
    }

    record Marker(String kind, String value) {}

    static MarkdownFile read(Path path) throws IOException {
        List<Block> blocks = new ArrayList<>();
        List<String> links = new ArrayList<>();
        List<String> lines = Files.readAllLines(path);
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith("```")) {
                int end = i + 1;
                while (!lines.get(end).equals("```")) {
                    end++;
                }
                blocks.add(new Block(
                        lines.get(i).substring(3),
                        i + 1,
                        marker(i == 0 ? "" : lines.get(i - 1)),
                        List.copyOf(lines.subList(i + 1, end))));
                i = end;
            } else {
                Matcher link = LINK.matcher(lines.get(i));
                while (link.find()) {
                    links.add(link.group(1));
                }
            }
        }
        return new MarkdownFile(path, blocks, links);
    }

    private static Optional<Marker> marker(String line) {
        Matcher marker = MARKER.matcher(line);
        return marker.matches() ? Optional.of(new Marker(marker.group(1), marker.group(2))) : Optional.empty();
    }
}

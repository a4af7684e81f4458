package dev.smolvm.docs;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What a reader sees of a terminal: commands after {@code $ }, continued after {@code > }, and what they printed. */
record ConsoleBlock(List<Step> steps) {
    private static final String PROMPT = "$ ";
    private static final String CONTINUATION = "> ";

    record Step(String command, List<String> output) {
        /** Whether the text shows that it fails. */
        boolean shownToFail() {
            return output.stream().anyMatch(line -> line.startsWith("error: "));
        }

        boolean asksForTheCode() {
            return command.equals("echo $?");
        }

        /** Whether what was printed has the shape of what is shown: equal but for numbers, times, ids and column widths. */
        boolean looksLike(List<String> printed) {
            return shape(output).equals(shape(printed));
        }

        private static String shape(List<String> lines) {
            return lines.stream()
                    .map(Step::shape)
                    .filter(line -> !line.isEmpty())
                    .collect(Collectors.joining("\n"));
        }

        private static String shape(String line) {
            return line.replaceAll("\\b\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z", "TIME")
                    .replaceAll("/[\\w./-]*(?=/(layers|snapshots|sandboxes)/)", "STORE")
                    .replaceAll("\\b(?=[0-9a-f]*\\d)[0-9a-f]{12,32}\\b", "ID")
                    .replaceAll("\\d+(\\.\\d+)?", "N")
                    .replaceAll("N (B|KiB|MiB|GiB)\\b", "SIZE")
                    .replaceAll("\\s+", " ")
                    .strip();
        }
    }

    static ConsoleBlock of(List<String> lines) {
        List<Step> steps = new ArrayList<>();
        StringBuilder command = new StringBuilder();
        List<String> output = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith(PROMPT)) {
                add(steps, command, output);
                command = new StringBuilder(line.substring(PROMPT.length()));
                output = new ArrayList<>();
            } else if (output.isEmpty() && line.startsWith(CONTINUATION)) {
                command.append('\n').append(line.substring(CONTINUATION.length()));
            } else {
                output.add(line);
            }
        }
        add(steps, command, output);
        return new ConsoleBlock(steps);
    }

    private static void add(List<Step> steps, StringBuilder command, List<String> output) {
        if (!command.isEmpty()) {
            steps.add(new Step(command.toString(), List.copyOf(output)));
        } else if (!output.isEmpty()) {
            throw new IllegalArgumentException("output before the first prompt: " + output.getFirst());
        }
    }
}

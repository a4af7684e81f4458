package dev.smolvm.docs;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The shell of someone who follows a text from top to bottom: variables and directory stay from one command to the next. */
final class ReadersShell implements AutoCloseable {
    /** Whatever a text left running. */
    static final String DELETE_ALL = "smolvm sandbox list | sed '1d; s/ .*//' | xargs -r smolvm sandbox delete --force";

    private static final String END = "--end-of-command--";

    private final Path directory;
    private final Path command;
    private final Process process;
    private final BufferedWriter to;
    private final BufferedReader from;

    record Ran(int exitCode, List<String> output) {}

    /** @param directory where it starts, and where {@code ./smolvm} is the launcher */
    ReadersShell(Path directory, Path launcher, Path store) throws IOException {
        this.directory = directory;
        Path programs = Files.createDirectories(directory.resolveSibling("programs"));
        for (Path link : List.of(programs.resolve("smolvm"), directory.resolve("smolvm"))) {
            if (!Files.exists(link)) {
                Files.createSymbolicLink(link, launcher);
            }
        }
        command = directory.resolveSibling("command");
        ProcessBuilder builder =
                new ProcessBuilder("sh").directory(directory.toFile()).redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        environment.put("SMOLVM_HOME", store.toString());
        environment.put("PATH", programs + ":" + environment.get("PATH"));
        environment.put("HOME", directory.toString());
        environment.put("LC_ALL", "C.UTF-8");
        process = builder.start();
        to = process.outputWriter();
        from = process.inputReader();
    }

    /** Whether a block is to be run: one may be left out for good, or where a command fails, such as on hosts without KVM. */
    boolean follows(MarkdownFile.Block block) throws IOException {
        return !block.marked("not run")
                && (!block.marked("only where")
                        || run(block.marker().orElseThrow().value()).exitCode() == 0);
    }

    /** Its standard input is empty. */
    Ran run(String text) throws IOException {
        Files.writeString(command, text + "\n");
        to.write(". '" + command + "' </dev/null; last=$?; printf '\\n%s %s\\n' " + END + " $last; (exit $last)\n");
        to.flush();
        List<String> output = new ArrayList<>();
        while (true) {
            String line = from.readLine();
            if (line == null) {
                throw new IOException("the shell ended in: " + text + "\nafter: " + output);
            }
            if (line.startsWith(END + " ")) {
                return new Ran(Integer.parseInt(line.substring(END.length() + 1)), output);
            }
            output.add(line);
        }
    }

    /** As the reader is told to. */
    void save(MarkdownFile.Block block) throws IOException {
        Path file = directory.resolve(block.marker().orElseThrow().value());
        Files.writeString(file, block.text());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Override
    public void close() throws IOException {
        to.close();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}

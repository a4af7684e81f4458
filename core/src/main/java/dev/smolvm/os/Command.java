package dev.smolvm.os;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * An external program that runs to its end: with a deadline, without a shell, with {@code LC_ALL=C} and no input, its output
 * drained and kept only up to a limit. Interrupting the thread ends the program.
 */
public final class Command {
    private static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(10);
    private static final int SHOWN_LINES = 8;

    private final List<String> line;
    private final Map<String, String> environment = new LinkedHashMap<>();
    private Path directory;
    private Path output;
    private Duration timeout = DEFAULT_TIMEOUT;
    private Consumer<String> outputListener = _ -> {};
    private Consumer<String> errorListener = _ -> {};
    private String advice;

    private Command(List<String> line) {
        this.line = List.copyOf(line);
    }

    /** How a program ended; output and errors are their last part, if they were long. */
    public record Result(int exitCode, String output, String errors) {}

    public static Command of(String program, String... arguments) {
        List<String> line = new ArrayList<>();
        line.add(program);
        line.addAll(List.of(arguments));
        return new Command(line);
    }

    public static Command of(List<String> line) {
        return new Command(line);
    }

    public Command in(Path workingDirectory) {
        this.directory = workingDirectory;
        return this;
    }

    public Command environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    public Command timeout(Duration limit) {
        this.timeout = limit;
        return this;
    }

    /** Standard output goes to this file instead of the result. */
    public Command outputTo(Path file) {
        this.output = file;
        return this;
    }

    /** Is told each line of standard error as it comes (a carriage return ends a line too). */
    public Command onErrorLine(Consumer<String> consumer) {
        this.errorListener = consumer;
        return this;
    }

    public Command onOutputLine(Consumer<String> consumer) {
        this.outputListener = consumer;
        return this;
    }

    /** What to do when it fails, where that is known. */
    public Command advice(String nextStep) {
        this.advice = nextStep;
        return this;
    }

    /**
     * Runs it and returns however it ended.
     *
     * @throws SmolVmException not found: the program is missing; interrupted; unexpected: it passed its deadline
     */
    public Result run() {
        Process process = start();
        try {
            Drain errors = Drain.lines(process.getErrorStream(), errorListener);
            Drain standard = output == null ? Drain.lines(process.getInputStream(), outputListener) : Drain.nothing();
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new SmolVmException(
                        ErrorKind.UNEXPECTED,
                        name() + " did not end within " + timeout.toSeconds() + " s" + lastLines(errors.text()),
                        "run it by hand to see why: " + this);
            }
            return new Result(process.exitValue(), standard.text(), errors.text());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SmolVmException(ErrorKind.INTERRUPTED, name() + " was interrupted", "", e);
        } finally {
            end(process);
        }
    }

    /**
     * Runs it and returns its standard output.
     *
     * @throws SmolVmException as {@link #run}; no space or unexpected: it failed
     */
    public String check() {
        Result result = run();
        if (result.exitCode() != 0) {
            throw failure(result);
        }
        return result.output();
    }

    /** The exception for a run that failed: names the program, its exit status and its last lines. */
    public SmolVmException failure(Result result) {
        String said = result.errors().isBlank() ? result.output() : result.errors();
        boolean full = said.contains("No space left on device") || said.contains("Disk quota exceeded");
        return new SmolVmException(
                full ? ErrorKind.NO_SPACE : ErrorKind.UNEXPECTED,
                name() + " failed with exit status " + result.exitCode() + lastLines(said),
                full
                        ? "free some space, then run the same command again"
                        : advice != null ? advice : "run it by hand to see more: " + this);
    }

    private Process start() {
        List<String> resolved = new ArrayList<>(line);
        resolved.set(0, Programs.require(line.getFirst()).toString());
        ProcessBuilder builder = new ProcessBuilder(resolved)
                .redirectInput(new File("/dev/null"))
                .directory(directory == null ? null : directory.toFile());
        if (output != null) {
            builder.redirectOutput(output.toFile());
        }
        builder.environment().put("LC_ALL", "C");
        builder.environment().putAll(environment);
        try {
            return builder.start();
        } catch (IOException e) {
            throw SmolVmException.of("start " + name(), e);
        }
    }

    private static void end(Process process) {
        if (process.isAlive()) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private String name() {
        return Path.of(line.getFirst()).getFileName().toString();
    }

    private static String lastLines(String said) {
        List<String> lines =
                said.lines().map(String::strip).filter(s -> !s.isEmpty()).toList();
        if (lines.isEmpty()) {
            return "";
        }
        return ": " + String.join(" | ", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
    }

    /** As one could type it into a shell. */
    @Override
    public String toString() {
        return Shell.line(line);
    }

    /** Reads a stream to its end on a thread of its own and keeps the last part. */
    private static final class Drain {
        private static final int KEPT_CHARS = 1 << 20;
        private static final int LONGEST_LINE = 8192;

        private final StringBuilder kept = new StringBuilder();
        private Thread thread;

        static Drain nothing() {
            return new Drain();
        }

        static Drain lines(InputStream stream, Consumer<String> listener) {
            Drain drain = new Drain();
            drain.thread = new Thread(() -> drain.read(stream, listener), "smolvm-drain");
            drain.thread.setDaemon(true);
            drain.thread.start();
            return drain;
        }

        private void read(InputStream stream, Consumer<String> listener) {
            StringBuilder line = new StringBuilder();
            byte[] buffer = new byte[8192];
            try (stream) {
                for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
                    for (char c : new String(buffer, 0, n, StandardCharsets.UTF_8).toCharArray()) {
                        if (c == '\n' || c == '\r') {
                            listener.accept(line.toString());
                            line.setLength(0);
                        } else if (line.length() < LONGEST_LINE) {
                            line.append(c);
                        }
                    }
                    keep(new String(buffer, 0, n, StandardCharsets.UTF_8));
                }
            } catch (IOException e) {
                // The program was ended; what it said so far is kept.
            }
        }

        private synchronized void keep(String text) {
            kept.append(text);
            if (kept.length() > 2 * KEPT_CHARS) {
                kept.delete(0, kept.length() - KEPT_CHARS);
            }
        }

        /** What was said; waits a moment for the stream to end (a grandchild may hold it open). */
        String text() throws InterruptedException {
            if (thread != null) {
                thread.join(Duration.ofSeconds(1));
            }
            synchronized (this) {
                return kept.toString();
            }
        }
    }
}

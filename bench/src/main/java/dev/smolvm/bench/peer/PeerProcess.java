package dev.smolvm.bench.peer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * A process of another program, in an {@link Enclosure}: asked for lines, each with a deadline, and ended with all that it has
 * started. The end of its input tells it that the benchmark is over, also where that was killed.
 */
public final class PeerProcess implements AutoCloseable {
    private static final int KEPT_LINES = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Process process;
    private final String name;
    private final Writer input;
    private final BlockingQueue<Optional<String>> output = new LinkedBlockingQueue<>();
    private final Deque<String> errors = new ArrayDeque<>();
    private final Thread errorReader;

    private PeerProcess(String name, Process process) {
        this.name = name;
        this.process = process;
        this.input = process.outputWriter(StandardCharsets.UTF_8);
        Thread.ofVirtual().start(this::readOutput);
        this.errorReader = Thread.ofVirtual().start(this::readErrors);
    }

    /**
     * @param name as it is called in messages
     * @param environment added to this process's own
     */
    public static PeerProcess start(String name, List<String> command, Map<String, String> environment, Path directory)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(Enclosure.around(command)).directory(directory.toFile());
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().putAll(environment);
        return new PeerProcess(name, builder.start());
    }

    private void readOutput() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                output.add(Optional.of(line));
            }
        } catch (IOException e) {
            // It was ended.
        }
        output.add(Optional.empty());
    }

    private void readErrors() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                keep(line.strip());
            }
        } catch (IOException e) {
            // It was ended.
        }
    }

    private void keep(String line) {
        synchronized (errors) {
            if (!line.isEmpty()) {
                errors.addLast(line);
            }
            if (errors.size() > KEPT_LINES) {
                errors.removeFirst();
            }
        }
    }

    /**
     * Sends a line, and waits for the next one that it prints.
     *
     * @throws IOException it ended, or was silent for too long; the message has its last errors
     */
    public String ask(String line, Duration within) throws IOException, InterruptedException {
        try {
            input.write(line + "\n");
            input.flush();
        } catch (IOException e) {
            throw ended();
        }
        Optional<String> answer = output.poll(within.toMillis(), TimeUnit.MILLISECONDS);
        if (answer == null) {
            throw new IOException(name + " did not answer within " + within.toSeconds() + " s" + lastErrors());
        }
        if (answer.isEmpty()) {
            throw ended();
        }
        return answer.get();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** The failure that its end is, in its own words. */
    public IOException ended() throws InterruptedException {
        errorReader.join(Duration.ofSeconds(1));
        boolean gone = process.waitFor(1, TimeUnit.SECONDS);
        return new IOException(
                name + (gone ? " ended with exit status " + process.exitValue() : " closed its output") + lastErrors());
    }

    private String lastErrors() {
        synchronized (errors) {
            return errors.isEmpty() ? "" : errors.stream().collect(Collectors.joining(" | ", ": ", ""));
        }
    }

    /** Lets it end by itself, and ends it if it does not. */
    @Override
    public void close() throws IOException {
        try {
            input.close();
        } catch (IOException e) {
            // It has ended already.
        }
        boolean interrupted = Thread.interrupted();
        if (!ends()) {
            kill();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The kernel ends the namespace once its starter is gone, and not before it. */
    private void kill() throws IOException {
        List<ProcessHandle> inside = process.descendants().toList();
        process.destroyForcibly();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (process.isAlive() || inside.stream().anyMatch(ProcessHandle::isAlive)) {
            if (System.nanoTime() > deadline) {
                throw new IOException(name + " cannot be ended: process " + process.pid());
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    private boolean ends() {
        try {
            return process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}

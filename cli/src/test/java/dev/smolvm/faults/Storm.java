package dev.smolvm.faults;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Several processes of the tool at once, each doing something at random with the same few sandboxes and snapshots. Every
 * command is written to a log with its time and its end; the ones that ended as none may are kept.
 */
final class Storm {
    private final Tool tool;
    private final long seed;
    private final long end;
    private final long start = System.nanoTime();
    private final PrintWriter log;
    private final Map<String, Map<String, Integer>> seen = new TreeMap<>();
    private final List<String> wrong = Collections.synchronizedList(new ArrayList<>());

    private Storm(Tool tool, long seed, Duration length, PrintWriter log) {
        this.tool = tool;
        this.seed = seed;
        this.end = start + length.toNanos();
        this.log = log;
    }

    /**
     * @param seen how often each command ended how
     * @param wrong what should not have happened
     */
    record Result(Map<String, Map<String, Integer>> seen, List<String> wrong) {
        int commands() {
            return seen.values().stream()
                    .flatMap(m -> m.values().stream())
                    .mapToInt(i -> i)
                    .sum();
        }
    }

    static Result run(Tool tool, long seed, int processes, Duration length, Path file) throws Exception {
        try (PrintWriter log = new PrintWriter(Files.newBufferedWriter(file))) {
            Storm storm = new Storm(tool, seed, length, log);
            List<Thread> workers = new ArrayList<>();
            for (int i = 0; i < processes; i++) {
                int number = i;
                workers.add(Thread.ofVirtual().start(() -> storm.work(number)));
            }
            for (Thread worker : workers) {
                while (!worker.join(Duration.ofSeconds(10))) {
                    if (System.nanoTime() > storm.end) {
                        storm.resumeAll();
                    }
                }
            }
            return new Result(storm.seen, List.copyOf(storm.wrong));
        }
    }

    /** A command in a guest that was paused goes on when it does; at the end nobody else would resume it. */
    private void resumeAll() {
        for (int i = 0; i < StormCommand.SANDBOXES; i++) {
            tool.run("sandbox", "resume", StormCommand.sandbox(i));
        }
    }

    private void work(int number) {
        Random random = new Random(seed * 31 + number);
        try {
            while (System.nanoTime() < end) {
                StormCommand command = StormCommand.any(random);
                List<String> arguments = command.arguments(random, snapshots(), tool.directory());
                long began = System.nanoTime();
                Outcome outcome =
                        tool.start(List.of(), arguments.toArray(String[]::new)).await(command.limit());
                note(number, command, arguments, began, outcome);
            }
        } catch (RuntimeException | AssertionError e) {
            wrong.add("worker " + number + ": " + e);
        }
    }

    /** Without {@link Tool#BASE}: it stays, so that there always is one. */
    private List<String> snapshots() {
        String[] names = tool.layout().snapshots().toFile().list();
        return names == null
                ? List.of()
                : Arrays.stream(names)
                        .filter(n -> !n.equals(Tool.BASE))
                        .sorted()
                        .toList();
    }

    private synchronized void note(
            int worker, StormCommand command, List<String> arguments, long began, Outcome outcome) {
        String said = outcome.err().strip().replace("\n", " | ");
        log.printf(
                "%8.3f %6.3f s  %d  %3d  %s  %s%n",
                (began - start) / 1e9,
                outcome.time().toMillis() / 1e3,
                worker,
                outcome.exit(),
                String.join(" ", arguments),
                said);
        log.flush();
        String kind = StormCommand.describe(outcome);
        seen.computeIfAbsent(command.label(), _ -> new TreeMap<>()).merge(kind, 1, Integer::sum);
        if (!command.allows(outcome)) {
            wrong.add(String.join(" ", arguments) + " ended with " + outcome.exit() + ": " + said);
        }
    }

    /** What a command leaves in a guest must not disturb its file system. */
    static void inspect(Tool tool, String sandbox) {
        try {
            tool.guest(
                    sandbox,
                    "echo inspected > /root/inspected; sync; ! dmesg | grep -E 'EXT4-fs (error|warning)|I/O error'");
        } catch (AssertionError e) {
            throw new AssertionError("in " + sandbox + ": " + e.getMessage(), e);
        }
    }

    static Path log(long seed) {
        try {
            return Files.createDirectories(Path.of("target/faults")).resolve("storm-" + seed + ".log");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.smolvm.faults;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** What the processes of a {@link Storm} do: a command of the tool, how often, and how it may end. */
enum StormCommand {
    LIST(3, "sandbox list"),
    INFO(3, "sandbox info BOX", Ends.GONE),
    SNAPSHOTS(3, "sandbox snapshot list"),
    SNAPSHOT_INFO(3, "sandbox snapshot info ID", Ends.GONE),
    EXEC(12, "sandbox exec BOX -- sh -c echo;cat${IFS}/proc/uptime>>/root/log;sync", Ends.GONE, Ends.BUSY),
    UPLOAD(3, "sandbox file upload BOX /etc/passwd /root/uploaded", Ends.GONE, Ends.BUSY),
    LOGS(2, "sandbox logs BOX", Ends.GONE, Ends.BUSY),
    EXPOSE(2, "sandbox port expose BOX 80", Ends.GONE, Ends.BUSY),
    CREATE(2, "sandbox create --name BOX --memory 128M", Ends.BUSY),
    SAVE(6, "sandbox snapshot create BOX --snapshot-id ID --resume-source", Ends.GONE, Ends.BUSY),
    SAVE_AND_STAY_PAUSED(2, "sandbox snapshot create BOX --snapshot-id ID", Ends.GONE, Ends.BUSY),
    SAVE_CHANGES(
            6,
            "sandbox snapshot create BOX --snapshot-id ID --snapshot-type diff --resume-source",
            Ends.GONE,
            Ends.BUSY),
    SAVE_DISK(
            4,
            "sandbox snapshot create BOX --snapshot-id ID --snapshot-type disk --resume-source",
            Ends.GONE,
            Ends.BUSY),
    RESTORE(6, "sandbox snapshot restore ID --resume", Ends.GONE, Ends.BUSY),
    RESTORE_AGAIN(6, "sandbox snapshot restore ID --resume --force", Ends.GONE, Ends.BUSY),
    RESTORE_PAUSED(2, "sandbox snapshot restore ID --force", Ends.GONE, Ends.BUSY),
    RESTORE_AS(8, "sandbox snapshot restore ID --resume --name BOX", Ends.GONE, Ends.BUSY),
    FORK(4, "sandbox fork BOX --name BOX", Ends.GONE, Ends.BUSY),
    GUARDED(2, "sandbox run-guarded BOX --rollback-on-failure -- true", Ends.GONE, Ends.BUSY),
    ROLLED_BACK(
            2,
            "sandbox run-guarded BOX --rollback-on-failure -- sh -c exit${IFS}77",
            Ends.GONE,
            Ends.BUSY,
            Ends.GUARDED_FAILED),
    EXPORT(2, "sandbox snapshot export ID --force -o FILE", Ends.GONE, Ends.BUSY),
    IMPORT(2, "sandbox snapshot import FILE --name ID", Ends.GONE, Ends.BUSY),
    VERIFY(3, "sandbox snapshot verify ID", Ends.GONE, Ends.BUSY),
    TREE(1, "sandbox snapshot tree"),
    LABEL(2, "sandbox snapshot label ID seen=yes", Ends.GONE, Ends.BUSY),
    PRUNE(2, "sandbox snapshot prune --keep-last 3", Ends.GONE, Ends.BUSY, Ends.NEEDED),
    /** What others work on it calls busy. */
    CHECK(1, "store check", Ends.BUSY),
    USAGE(1, "store usage"),
    COMPACT(2, "store compact", Ends.BUSY),
    DELETE_SNAPSHOT(6, "sandbox snapshot delete ID", Ends.GONE, Ends.BUSY, Ends.NEEDED),
    PAUSE(3, "sandbox pause BOX", Ends.GONE, Ends.BUSY),
    RESUME(5, "sandbox resume BOX", Ends.GONE, Ends.BUSY),
    STOP(1, "sandbox stop BOX", Ends.GONE, Ends.BUSY),
    STOP_AT_ONCE(2, "sandbox stop --force BOX", Ends.GONE, Ends.BUSY),
    START(2, "sandbox start BOX", Ends.GONE, Ends.BUSY),
    DELETE(4, "sandbox delete --force BOX", Ends.GONE, Ends.BUSY),
    DELETE_IF_STOPPED(2, "sandbox delete BOX", Ends.GONE, Ends.BUSY);

    /** So many that most commands meet something, and so few that they meet each other. */
    static final int SANDBOXES = 5;

    private static final int SNAPSHOTS_AT_ONCE = 8;
    private static final int FILES = 3;

    /** Ends that others at work are the reason of; nothing else may happen. */
    private enum Ends {
        GONE(3),
        /** Held by another command, or brought into another state by one. */
        BUSY(4),
        NEEDED(8),
        /** What the guarded command itself ends with. */
        GUARDED_FAILED(77);

        private final int exit;

        Ends(int exit) {
            this.exit = exit;
        }
    }

    private final int weight;
    private final String line;
    private final Set<Ends> ends;

    StormCommand(int weight, String line, Ends... ends) {
        this.weight = weight;
        this.line = line;
        this.ends = Set.of(ends);
    }

    static StormCommand any(Random random) {
        int at = random.nextInt(Arrays.stream(values()).mapToInt(c -> c.weight).sum());
        for (StormCommand command : values()) {
            at -= command.weight;
            if (at < 0) {
                return command;
            }
        }
        throw new IllegalStateException();
    }

    /**
     * @param there ids of the snapshots that there are: most commands take one of those
     * @param directory for files that snapshots are exported to
     */
    List<String> arguments(Random random, List<String> there, Path directory) {
        List<String> arguments = new ArrayList<>();
        for (String word : line.split(" ")) {
            arguments.add(
                    switch (word) {
                        case "BOX" -> sandbox(random.nextInt(SANDBOXES));
                        case "ID" -> snapshot(random, there);
                        case "FILE" ->
                            directory
                                    .resolve("exported-" + random.nextInt(FILES))
                                    .toString();
                        default -> word.replace("${IFS}", " ");
                    });
        }
        // Some wait for their turn, some do not.
        if (random.nextInt(3) == 0 && !arguments.contains("--")) {
            arguments.addAll(List.of("--lock-timeout", "100ms"));
        }
        return arguments;
    }

    private String snapshot(Random random, List<String> there) {
        boolean saves = line.contains("snapshot create") || line.contains("snapshot import");
        return saves || there.isEmpty() || random.nextInt(10) == 0
                ? "p" + random.nextInt(SNAPSHOTS_AT_ONCE)
                : there.get(random.nextInt(there.size()));
    }

    static String sandbox(int number) {
        return "s" + number;
    }

    String label() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    }

    Duration limit() {
        return Duration.ofMinutes(4);
    }

    boolean allows(Outcome outcome) {
        return outcome.exit() == 0 || ends.stream().anyMatch(e -> e.exit == outcome.exit());
    }

    /** In words for a table. */
    static String describe(Outcome outcome) {
        return switch (outcome.exit()) {
            case 0 -> "done";
            case 3 -> "not found";
            case 4 -> outcome.err().contains("busy") ? "busy" : "conflict";
            case 8 -> "has dependents";
            case 77 -> "rolled back";
            default -> "exit " + outcome.exit();
        };
    }
}

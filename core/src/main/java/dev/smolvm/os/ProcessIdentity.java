package dev.smolvm.os;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A process that cannot be mistaken for a later one with the same pid.
 *
 * @param startTicks when it started, in clock ticks since the boot (proc(5), stat field 22)
 * @param bootId of the boot it runs in
 */
public record ProcessIdentity(long pid, long startTicks, String bootId) {
    private static final int STATE = 3;
    private static final int START_TIME = 22;

    /** The process that has this pid now; empty if there is none, or only a zombie. */
    public static Optional<ProcessIdentity> of(long pid) {
        String stat;
        try {
            stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        } catch (IOException e) {
            return Optional.empty();
        }
        // The command name, in parentheses, may hold anything, so fields are counted from its end.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        if ((fields[STATE - STATE].equals("Z") || fields[STATE - STATE].equals("X")) && !otherThreads(pid)) {
            return Optional.empty();
        }
        return Optional.of(new ProcessIdentity(pid, Long.parseLong(fields[START_TIME - STATE]), currentBoot()));
    }

    /** The first thread of a process that is being killed often ends first; until the last has, files and ports are open. */
    private static boolean otherThreads(long pid) {
        String[] threads = new File("/proc/" + pid + "/task").list();
        return threads != null && threads.length > 1;
    }

    public boolean alive() {
        return of(pid).filter(this::equals).isPresent();
    }

    /** Ends it with SIGKILL, and waits until it is gone. A process that only has the same pid is left alone. */
    public void kill() {
        if (!alive()) {
            return;
        }
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        awaitEnd(java.time.Duration.ofSeconds(10));
    }

    /** Whether it ended within the time. */
    public boolean awaitEnd(java.time.Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (alive()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            try {
                Thread.sleep(2);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return !alive();
            }
        }
        return true;
    }

    private static String currentBoot() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        } catch (IOException e) {
            return "";
        }
    }
}

package dev.smolvm.vmm.firecracker;

import dev.smolvm.vmm.MachineSpec;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a jailed VMM may use of the host, as a control group (Linux Documentation/admin-guide/cgroup-v2.rst): its guest's memory
 * and some for itself, as much of the CPUs as its guest has, and few processes.
 */
public record Limits(MachineSpec machine) {
    /** The control group above those of all machines. */
    static final String PARENT = "smolvm";

    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
    private static final long OWN_MEMORY_MIB = 128;
    private static final int PERIOD_US = 100_000;
    private static final int PROCESSES = 64;

    /** Whether this host lets us make control groups with these limits. */
    public static boolean possible() {
        Path controllers = CGROUPS.resolve("cgroup.controllers");
        try {
            return Files.isWritable(CGROUPS.resolve("cgroup.subtree_control"))
                    && Arrays.asList(Files.readString(controllers).strip().split(" "))
                            .containsAll(List.of("cpu", "memory", "pids"));
        } catch (IOException e) {
            return false;
        }
    }

    List<String> jailerArguments(Path run) {
        if (!possible()) {
            return List.of();
        }
        removeUnused();
        List<String> arguments = new ArrayList<>(List.of("--parent-cgroup", PARENT + "/" + name(run)));
        for (String limit : List.of(
                "memory.max=" + (machine.memoryMib() + OWN_MEMORY_MIB << 20),
                "cpu.max=" + (long) machine.cpus() * PERIOD_US + " " + PERIOD_US,
                "pids.max=" + (PROCESSES + machine.cpus()))) {
            arguments.add("--cgroup");
            arguments.add(limit);
        }
        return arguments;
    }

    private static String name(Path run) {
        return run.getParent().getParent().getFileName() + "-" + run.getFileName();
    }

    /** A control group outlives its processes; an empty one can be removed, one in use cannot. */
    private static void removeUnused() {
        try (DirectoryStream<Path> groups = Files.newDirectoryStream(CGROUPS.resolve(PARENT), Files::isDirectory)) {
            for (Path group : groups) {
                remove(group.resolve(Jail.ID));
                remove(group);
            }
        } catch (IOException e) {
            // There is none yet.
        }
    }

    private static void remove(Path group) {
        try {
            Files.deleteIfExists(group);
        } catch (IOException e) {
            // In use.
        }
    }
}

package dev.smolvm.bench.peer;

import dev.smolvm.os.Programs;
import dev.smolvm.vmm.Accelerator;
import java.util.ArrayList;
import java.util.List;

/**
 * What another program runs in, so that it leaves no process behind and has no better machine than smolvm: a PID namespace, in
 * which all end with the first one, and that one with whoever started it; and a mount namespace in which KVM cannot be
 * used where smolvm does without it too. (On some machines the device opens, and guests hang.)
 */
public final class Enclosure {
    /**
     * The JVM raises its limit of open files to the most, and programs that close each of them before they start another one
     * take long. What hides KVM is a file that nobody may write: a program that finds the device, and then cannot use it, may
     * look for it again and again.
     */
    private static final String SET_UP =
            """
            ulimit -S -n 1024
            if [ "$1" = none ] && [ -e /dev/kvm ]; then
                mount --bind /proc/version /dev/kvm || exit
                mount -o remount,bind,ro,nosuid,nodev,noexec /dev/kvm || exit
            fi
            shift
            "$@"
            exit $?
            """;

    private Enclosure() {}

    /** Whether smolvm runs its guests with KVM here, and so whether others may. */
    public static boolean hasKvm() {
        return Accelerator.detect().accelerator() == Accelerator.KVM;
    }

    /** The command line that runs this one in there. */
    public static List<String> around(List<String> command) {
        return around(command, hasKvm(), Programs.isRoot());
    }

    static List<String> around(List<String> command, boolean kvm, boolean root) {
        List<String> line = new ArrayList<>(List.of("setsid", "unshare"));
        if (!root) {
            line.addAll(List.of("--user", "--map-root-user"));
        }
        // The shell is the namespace's first process: it waits for all that lose their parents, as an init does.
        line.addAll(List.of("--mount", "--pid", "--fork", "--kill-child", "--mount-proc"));
        line.addAll(List.of("sh", "-c", SET_UP, "sh", kvm ? "kvm" : "none"));
        line.addAll(command);
        return List.copyOf(line);
    }
}

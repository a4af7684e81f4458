package dev.smolvm.bench.peer;

import dev.smolvm.os.Programs;
import dev.smolvm.vmm.Accelerator;
import java.util.ArrayList;
import java.util.List;

/**
 * What another program runs in, so that it leaves no process behind and has no better machine than smolvm: a PID namespace, in
 * which all end with the first one, and that one with whoever started it; and a mount namespace in which {@code /dev/kvm} is
 * none where smolvm does without it too. (On some machines the device opens, and guests hang.)
 */
public final class Enclosure {
    /** The JVM raises its limit of open files to a million, and libvirt closes each of them for every program it starts. */
    private static final String SET_UP =
            """
            ulimit -S -n 1024
            [ "$1" = kvm ] || [ ! -e /dev/kvm ] || mount --bind /dev/null /dev/kvm || exit
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
        List<String> line = new ArrayList<>(List.of("unshare"));
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

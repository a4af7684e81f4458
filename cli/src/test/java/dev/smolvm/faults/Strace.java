package dev.smolvm.faults;

import java.nio.file.Path;
import java.util.List;

/** Command lines of strace(1) that harm the tool at a system call, without any test code in it. */
final class Strace {
    /** Calls of which a JDK uses one or another; strace counts each by itself, and for each thread. */
    enum Calls {
        RENAME("rename,renameat,renameat2"),
        SYNC("fsync,fdatasync"),
        UNLINK("unlink,unlinkat"),
        RMDIR("rmdir"),
        /** Of files and, at times, of sockets. */
        WRITE("write,pwrite64,writev,pwritev");

        /** Those after which the state on disk is another one. */
        static final List<Calls> CHANGES = List.of(RENAME, SYNC, UNLINK, RMDIR);

        private final String names;

        Calls(String names) {
            this.names = names;
        }

        /** For tables. */
        String label() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    private Strace() {}

    /** Kills the tool before its n-th such call is carried out. */
    static List<String> killAt(Calls calls, int n) {
        return inject(calls, "signal=SIGKILL", n);
    }

    static List<String> stopAt(Calls calls, int n) {
        return inject(calls, "signal=SIGSTOP", n);
    }

    /** Lets the n-th such call of each thread fail, instead of being carried out; the trace tells which those were. */
    static List<String> failAt(Calls calls, String error, int n, Path trace) {
        return List.of(
                "strace",
                "-f",
                "-qq",
                "-y",
                "-s",
                "0",
                "-b",
                "execve",
                "-o",
                trace.toString(),
                "-e",
                "trace=" + calls.names,
                "-e",
                "inject=" + calls.names + ":error=" + error + ":when=" + n);
    }

    /** Adds to a file each program that the tool starts. */
    static List<String> programs(Path file) {
        return List.of("strace", "-f", "-qq", "-A", "-o", file.toString(), "-e", "trace=execve");
    }

    /** Programs that the tool starts are not traced: {@code -b execve} lets go of them. */
    private static List<String> inject(Calls calls, String what, int n) {
        return List.of(
                "strace",
                "-f",
                "-qq",
                "-b",
                "execve",
                "-o",
                "/dev/null",
                "-e",
                "trace=" + calls.names,
                "-e",
                "inject=" + calls.names + ":" + what + ":when=" + n);
    }
}

package dev.smolvm.guest;

/** How a command in a guest ended. */
public sealed interface ExecResult {
    record Exited(int code) implements ExecResult {}

    record Killed(int signal) implements ExecResult {}

    record TimedOut() implements ExecResult {}

    /** As a shell reports it: the code, 128 + signal, or 124 after a time-out. */
    default int shellCode() {
        return switch (this) {
            case Exited(int code) -> code;
            case Killed(int signal) -> 128 + signal;
            case TimedOut() -> 124;
        };
    }
}

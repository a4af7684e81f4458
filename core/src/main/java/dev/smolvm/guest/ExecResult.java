package dev.smolvm.guest;

/** How a command in a guest ended. */
public sealed interface ExecResult {
    /** As a shell reports it: the code, 128 + signal, or 124 after a time-out. */
    int shellCode();

    record Exited(int code) implements ExecResult {
        @Override
        public int shellCode() {
            return code;
        }
    }

    record Killed(int signal) implements ExecResult {
        @Override
        public int shellCode() {
            return 128 + signal;
        }
    }

    record TimedOut() implements ExecResult {
        @Override
        public int shellCode() {
            return 124;
        }
    }
}

package dev.smolvm.guest;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;

/** A guest could not start a command, and so has run nothing of it. */
public final class CommandNotStartedException extends SmolVmException {
    private static final long serialVersionUID = 1L;

    public CommandNotStartedException(ErrorKind kind, String message, String advice, Throwable cause) {
        super(kind, message, advice, cause);
    }
}

package dev.smolvm.error;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/**
 * The one exception of the library: what failed (operation, object, cause), what kind of failure it is, and the exact next
 * command that helps.
 */
public class SmolVmException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorKind kind;
    private final String advice;

    public SmolVmException(ErrorKind kind, String message, String advice, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.advice = advice == null ? "" : advice;
    }

    public SmolVmException(ErrorKind kind, String message, String advice) {
        this(kind, message, advice, null);
    }

    public ErrorKind kind() {
        return kind;
    }

    /** The next step for the person who reads this; empty where there is none. */
    public String advice() {
        return advice;
    }

    /**
     * An I/O failure as one of ours: a full file system or quota is {@link ErrorKind#NO_SPACE}, an input/output error is
     * {@link ErrorKind#INTEGRITY}, refused permission is {@link ErrorKind#USAGE}.
     *
     * @param operation what was being done to what, such as {@code "save snapshot s1"}
     */
    public static SmolVmException of(String operation, IOException cause) {
        String reason = reasonOf(cause);
        if (cause instanceof ClosedByInterruptException) {
            return new SmolVmException(ErrorKind.INTERRUPTED, operation + ": interrupted", "", cause);
        }
        if (reason.contains("No space left")
                || reason.contains("Disk quota exceeded")
                || reason.contains("File too large")) {
            return new SmolVmException(
                    ErrorKind.NO_SPACE,
                    operation + ": " + reason,
                    "free some space (smolvm sandbox snapshot list shows what uses it), then run the same command again",
                    cause);
        }
        if (reason.contains("Input/output error")) {
            return new SmolVmException(
                    ErrorKind.INTEGRITY, operation + ": " + reason, "check the disk that holds the store", cause);
        }
        if (cause instanceof java.nio.file.AccessDeniedException
                || reason.contains("Permission denied")
                || reason.contains("Read-only file system")) {
            return new SmolVmException(
                    ErrorKind.USAGE,
                    operation + ": " + reason,
                    "run as the user who owns it, or set SMOLVM_HOME to a directory of yours",
                    cause);
        }
        if (cause instanceof NoSuchFileException || cause instanceof FileNotFoundException) {
            return new SmolVmException(ErrorKind.NOT_FOUND, operation + ": " + reason, "", cause);
        }
        return new SmolVmException(
                ErrorKind.UNEXPECTED, operation + ": " + reason, "run it again with --verbose", cause);
    }

    private static String reasonOf(IOException cause) {
        if (cause instanceof FileSystemException e) {
            String reason = e.getReason() != null
                    ? e.getReason()
                    : switch (e) {
                        case NoSuchFileException _ -> "no such file";
                        case java.nio.file.AccessDeniedException _ -> "Permission denied";
                        case java.nio.file.FileAlreadyExistsException _ -> "exists already";
                        default -> e.getClass().getSimpleName();
                    };
            return e.getFile() + ": " + reason;
        }
        return String.valueOf(cause.getMessage());
    }
}

package dev.smolvm.error;

/** What kind of failure happened. The one table that maps failures to process exit codes. */
public enum ErrorKind {
    UNEXPECTED(1),
    USAGE(2),
    NOT_FOUND(3),
    /** Exists already, is busy, or is in the wrong state. */
    CONFLICT(4),
    /** Data that should be intact is not. */
    INTEGRITY(5),
    /** Saved by, or meant for, another VMM version, machine or format. */
    INCOMPATIBLE(6),
    NO_SPACE(7),
    HAS_DEPENDENTS(8),
    GUEST_UNRESPONSIVE(9),
    VM_DIED(10),
    UNSUPPORTED(11),
    INTERRUPTED(130);

    private final int exitCode;

    ErrorKind(int exitCode) {
        this.exitCode = exitCode;
    }

    public int exitCode() {
        return exitCode;
    }

    /** The stable name used as {@code error.code} in JSON output, such as {@code not_found}. */
    public String code() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}

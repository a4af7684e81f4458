package dev.smolvm.inspect;

/** What came is not what the program in the guest says. */
final class InvalidRecordsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InvalidRecordsException(String message) {
        super(message);
    }
}

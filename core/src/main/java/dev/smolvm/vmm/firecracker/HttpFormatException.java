package dev.smolvm.vmm.firecracker;

/** An answer that is not the HTTP that we expect. */
final class HttpFormatException extends Exception {
    private static final long serialVersionUID = 1L;

    HttpFormatException(String message) {
        super(message);
    }
}

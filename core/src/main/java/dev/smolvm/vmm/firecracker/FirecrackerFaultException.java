package dev.smolvm.vmm.firecracker;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;

/** Firecracker answered a request with a fault. */
final class FirecrackerFaultException extends SmolVmException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String fault;

    /**
     * @param request method and path
     * @param fault Firecracker's words, printable
     */
    FirecrackerFaultException(String peer, String request, int status, String fault) {
        super(
                fault.contains("No space left") || fault.contains("Disk quota exceeded")
                        ? ErrorKind.NO_SPACE
                        : ErrorKind.UNEXPECTED,
                peer + ": Firecracker refused " + request + ": " + fault + " (" + status + ")",
                "");
        this.status = status;
        this.fault = fault;
    }

    /** The HTTP status. */
    int status() {
        return status;
    }

    String fault() {
        return fault;
    }
}

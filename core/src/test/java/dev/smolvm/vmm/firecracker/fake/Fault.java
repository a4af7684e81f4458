package dev.smolvm.vmm.firecracker.fake;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** A request that is refused. */
final class Fault extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean fatal;

    private Fault(String message, boolean fatal) {
        super(message);
        this.fatal = fatal;
    }

    static Fault of(String message) {
        return new Fault(message, false);
    }

    static Fault json(String what) {
        return of("An error occurred when deserializing the json body of a request: " + what + ".");
    }

    /** One after which Firecracker ends: a restore that went wrong half-way. */
    Fault asFatal() {
        return new Fault(getMessage(), true);
    }

    boolean fatal() {
        return fatal;
    }

    /** As Rust prints an error of the system. */
    static String system(IOException e) {
        return switch (e) {
            case NoSuchFileException _ -> "No such file or directory (os error 2)";
            case AccessDeniedException _ -> "Permission denied (os error 13)";
            default ->
                String.valueOf(e.getMessage()).contains("Is a directory")
                        ? "Is a directory (os error 21)"
                        : String.valueOf(e.getMessage());
        };
    }
}

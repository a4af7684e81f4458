package dev.smolvm.guest.agent;

import java.io.IOException;

/** A stream or file of the caller's failed, not the guest. */
class LocalFailureException extends IOException {
    private static final long serialVersionUID = 1L;

    LocalFailureException(String what, IOException cause) {
        super(what, cause);
    }
}

package dev.smolvm.guest.agent;

import java.io.IOException;

/** The agent's ERROR answer: the request failed in the guest, the session goes on. */
final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;
    private final int errno;

    RefusedException(GuestFrame.Error error) {
        super(error.message());
        this.errno = error.errno();
    }

    int errno() {
        return errno;
    }
}

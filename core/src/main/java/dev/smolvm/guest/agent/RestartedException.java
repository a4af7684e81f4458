package dev.smolvm.guest.agent;

import java.io.IOException;

/** The guest's agent began anew in the middle of a session: what it was asked for is lost. */
final class RestartedException extends IOException {
    private static final long serialVersionUID = 1L;

    RestartedException() {
        super("the guest's agent began anew");
    }
}

package dev.smolvm.guest.agent;

import java.io.IOException;

/** The guest's answer was not complete in time; the session is over. */
final class DeadlineException extends IOException {
    private static final long serialVersionUID = 1L;

    DeadlineException() {
        super("no answer in time");
    }
}

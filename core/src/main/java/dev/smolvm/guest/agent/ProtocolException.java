package dev.smolvm.guest.agent;

import java.io.IOException;

/** The guest sent what docs/control-channel.md does not allow; the session is over. */
final class ProtocolException extends IOException {
    private static final long serialVersionUID = 1L;

    ProtocolException(String what) {
        super(what);
    }
}

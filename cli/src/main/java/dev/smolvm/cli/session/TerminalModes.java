package dev.smolvm.cli.session;

import dev.smolvm.guest.TerminalSize;
import java.io.IOException;

/** The user's terminal, for commands that hand it to a guest. */
public interface TerminalModes {
    TerminalSize size() throws IOException;

    /** Every key goes through as it is typed, until the result is closed. */
    Raw raw() throws IOException;

    /** Puts the terminal back. */
    interface Raw extends AutoCloseable {
        @Override
        void close();
    }
}

package dev.smolvm.guest.agent;

import java.io.IOException;

/** What a session holds of the way to its agent, beside the connection. */
interface SessionLine extends AutoCloseable {
    /** A way of its own for every session. */
    SessionLine FRESH = new SessionLine() {
        @Override
        public boolean wasClean() {
            return true;
        }

        @Override
        public void markClean() {}

        @Override
        public void close() {}
    };

    /** Whether the session before ended in order, so that nothing of it can be on its way. */
    boolean wasClean();

    /** The session ended in order; called before {@link #close}. */
    void markClean() throws IOException;

    @Override
    void close();
}

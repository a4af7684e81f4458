package dev.smolvm;

/** Told what a long operation is doing. Called from the operation's own thread. */
public interface Progress {
    Progress NONE = new Progress() {
        @Override
        public void step(String what) {}

        @Override
        public void advance(long done, long total) {}
    };

    /** A new step begins, such as {@code "unpack packages"}. */
    void step(String what);

    /** How far the current step is, in units of its own; {@code total} 0: unknown. */
    void advance(long done, long total);

    /** Something that the user should know, though the operation goes on. */
    default void note(String text) {}
}

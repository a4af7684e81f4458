package dev.smolvm.cli.library;

/**
 * One thing that was looked at on this machine.
 *
 * @param found what is there, such as a version
 * @param advice the command that helps; empty where all is well
 */
public record HostCheck(String name, Status status, String found, String advice) {
    /** What it means. */
    public enum Status {
        OK,
        /** Works, but less well or less safely than it could. */
        WARNING,
        /** Sandboxes cannot work like this. */
        MISSING
    }
}

package dev.smolvm.sandbox;

/** What a sandbox is doing, as asked of its VMM just now. */
public enum SandboxStatus {
    RUNNING("running"),
    PAUSED("paused"),
    /** Stopped by its VMM because the host's disk is full; {@code resume} goes on once there is room. */
    OUT_OF_SPACE("out-of-space"),
    /** Its VMM is there but does not answer. */
    NOT_ANSWERING("not-answering"),
    STOPPED("stopped"),
    /** Its VMM died without being asked to. */
    CRASHED("crashed");

    private final String label;

    SandboxStatus(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }

    /** Whether a VMM process is there. */
    public boolean live() {
        return this == RUNNING || this == PAUSED || this == OUT_OF_SPACE || this == NOT_ANSWERING;
    }
}

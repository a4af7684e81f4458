package dev.smolvm.error;

/** Advice that fits many failures. */
public final class Advice {
    /** A snapshot is damaged, or one that it needs. A list would offer that one again. */
    public static final String WHICH_SNAPSHOTS_ARE_INTACT =
            "smolvm sandbox snapshot verify --all shows which snapshots can be restored";

    private Advice() {}
}

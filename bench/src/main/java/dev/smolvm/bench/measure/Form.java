package dev.smolvm.bench.measure;

/** How thoroughly is measured. */
public enum Form {
    /** Few rounds and small sizes, to see that all of it works and about how fast it is. */
    QUICK,
    FULL;

    public <T> T choose(T quick, T full) {
        return this == QUICK ? quick : full;
    }
}

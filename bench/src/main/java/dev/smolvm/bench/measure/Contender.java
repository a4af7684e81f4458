package dev.smolvm.bench.measure;

/**
 * One who does what a scenario measures: smolvm, a floor, or a peer. All contenders of a scenario are prepared first; then each
 * does one round in turn, again and again, so that all meet the same noise; then all are closed, in reverse, whatever happened.
 *
 * <p>Any of the three methods may throw anything: the contender is out then, its error is in the result, and the others go on.
 * An interruption ends the whole run, after everything is closed.
 */
public interface Contender extends AutoCloseable {
    /** As it is shown, such as {@code smolvm}, {@code QEMU: start, load, run}, {@code virsh save}. */
    String name();

    Role role();

    /**
     * Makes what the rounds need: not measured.
     *
     * @throws CannotRunHereException this machine lacks what it takes
     */
    default void prepare() throws Exception {}

    /** Does it once. What is recorded in a round that then fails counts all the same. */
    void round(Recorder recorder) throws Exception;

    /** Leaves nothing behind, also where {@link #prepare} failed half way or was never called. */
    @Override
    default void close() throws Exception {}
}

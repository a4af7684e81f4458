package dev.smolvm.bench.measure;

/** A contender cannot run on this machine; the message is why, in the words of whatever refused. */
public final class CannotRunHereException extends Exception {
    private static final long serialVersionUID = 1L;

    public CannotRunHereException(String why) {
        super(why);
    }

    public CannotRunHereException(String why, Throwable cause) {
        super(why, cause);
    }
}

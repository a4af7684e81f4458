package dev.smolvm.testing;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;

/** What an action fails with. */
public final class Failures {
    private Failures() {}

    /** Something that may throw anything. */
    public interface Action {
        void run() throws Exception;
    }

    /** The kind of the library's exception that an action ends with; any other outcome fails the test. */
    public static ErrorKind kindOf(Action action) {
        try {
            action.run();
        } catch (SmolVmException e) {
            return e.kind();
        } catch (Exception e) {
            throw new AssertionError("not an exception of the library's", e);
        }
        throw new AssertionError("nothing failed");
    }
}

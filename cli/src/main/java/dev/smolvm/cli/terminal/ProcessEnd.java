package dev.smolvm.cli.terminal;

/**
 * Ends the process at once. The JDK's own ways wait for threads in native code (300 ms at most), of which there always is one
 * after a VMM was started: the JDK's, which waits for that VMM's end. And they wait for the compiler (up to 10 ms). Nothing needs
 * that, nor a shutdown hook: the store survives a process that is killed, and what is to be undone is undone before.
 */
public final class ProcessEnd {
    private static final String LIBRARY = "smolvm-exit";

    private ProcessEnd() {}

    public static void now(int exitCode) {
        try {
            System.loadLibrary(LIBRARY);
            exit(exitCode);
        } catch (LinkageError e) {
            // Not started by the launcher, which says where the library is.
        }
        // Not System.exit, which sets up the JDK's logging to say so (20 ms).
        Runtime.getRuntime().halt(exitCode);
    }

    private static native void exit(int code);
}

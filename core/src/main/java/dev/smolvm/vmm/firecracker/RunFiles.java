package dev.smolvm.vmm.firecracker;

import java.nio.file.Path;

/**
 * Names in a VMM's run directory, which is its working directory. Firecracker is told them without a directory: a saved state
 * holds the names of disks and sockets, and is loaded in another run directory.
 */
final class RunFiles {
    static final String API_SOCKET = "api.sock";
    static final String CONSOLE = "console";
    /** Firecracker's own log, apart from what its guest prints. */
    static final String LOG = "firecracker.log";
    /** What was printed before the console was there. */
    static final String LAUNCH_LOG = "launch.log";

    static final String NETWORK_LOG = "network.log";
    /** The name of the last capture or load, see {@link WriteTracking}. */
    static final String MARK = "written-since";
    /** Every sandbox has a network namespace of its own, so all have the same name. */
    static final String TAP = "tap0";

    private RunFiles() {}

    static Path apiSocket(Path run) {
        return run.resolve(API_SOCKET);
    }

    /** A link to the disk's file. */
    static String disk(String id) {
        return "disk-" + id;
    }

    /** Holds the pid of the process that forwards a port. */
    static Path forward(Path run, int hostPort) {
        return run.resolve("forward-" + hostPort);
    }
}

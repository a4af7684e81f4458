package dev.smolvm.vmm.firecracker;

import dev.smolvm.vmm.MachineSpec;
import java.nio.file.Path;

/** Names in a VMM's run directory, and of the files that the VMM finds in its {@link Quarters}. */
final class RunFiles {
    static final String API_SOCKET = "api.sock";
    static final String VSOCK_SOCKET = MachineSpec.VSOCK_SOCKET;
    static final String CONSOLE = "console";
    /** Firecracker's own log, apart from what its guest prints. */
    static final String LOG = "firecracker.log";
    /** What was printed before those were there. */
    static final String LAUNCH_LOG = "launch.log";

    static final String NETWORK_LOG = "network.log";
    /** The name of the last capture or load, see {@link WriteTracking}. */
    static final String MARK = "written-since";

    /** There while the guest stands still and was not saved, see {@link Standstill}. */
    static final String STANDS_STILL = "stands-still";

    static final String KERNEL = "kernel";
    static final String INITRD = "initrd";
    static final String CAPTURE = "capture";
    static final String MEMORY = "memory";
    static final String DEVICE_STATE = "device.state";
    static final String LOADED_MEMORY = "loaded-memory";
    static final String LOADED_STATE = "loaded-state";
    /** Every sandbox has a network namespace of its own, so all have the same name. */
    static final String TAP = "tap0";

    private RunFiles() {}

    static Path apiSocket(Path run) {
        return run.resolve(API_SOCKET);
    }

    static String disk(String id) {
        return "disk-" + id;
    }
}

package dev.smolvm.sandbox;

import dev.smolvm.Progress;
import dev.smolvm.guest.Guest;
import dev.smolvm.store.SandboxName;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/** All sandboxes of a store. */
public final class Sandboxes {
    /** Creates and boots a sandbox; returns once it is ready for its first command. On failure nothing is left. */
    public SandboxInfo create(SandboxRequest request, Progress progress) {
        throw new UnsupportedOperationException();
    }

    public List<SandboxInfo> list() {
        throw new UnsupportedOperationException();
    }

    /**
     * Finds a sandbox by name, id or unambiguous prefix of its id.
     *
     * @throws dev.smolvm.error.SmolVmException not found; conflict for an ambiguous prefix
     */
    public SandboxName resolve(String reference) {
        throw new UnsupportedOperationException();
    }

    public SandboxInfo info(SandboxName name) {
        throw new UnsupportedOperationException();
    }

    /** Boots a stopped or crashed sandbox from its disk. */
    public SandboxInfo start(SandboxName name, Duration bootTimeout, Progress progress) {
        throw new UnsupportedOperationException();
    }

    /** Shuts the guest down, or with {@code force} ends the VMM at once. */
    public SandboxInfo stop(SandboxName name, boolean force) {
        throw new UnsupportedOperationException();
    }

    public SandboxInfo pause(SandboxName name) {
        throw new UnsupportedOperationException();
    }

    public SandboxInfo resume(SandboxName name) {
        throw new UnsupportedOperationException();
    }

    /** Removes a sandbox; a live one only with {@code force}. Its snapshots stay. */
    public void delete(SandboxName name, boolean force) {
        throw new UnsupportedOperationException();
    }

    /** Opens a session with a running guest. */
    public Guest connect(SandboxName name, Duration deadline) {
        throw new UnsupportedOperationException();
    }

    /** Forwards a host port (empty: any free one) to a guest port. */
    public PortForward expose(SandboxName name, OptionalInt hostPort, int guestPort) {
        throw new UnsupportedOperationException();
    }

    public void unexpose(SandboxName name, int hostPort) {
        throw new UnsupportedOperationException();
    }
}

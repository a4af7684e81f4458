package dev.smolvm.guest;

import java.nio.file.Path;

/** How a running guest can be reached. */
public sealed interface GuestAddress {
    /**
     * Sockets {@code agent-0.sock} … {@code agent-(ports-1).sock} in a directory, each one virtio-serial port; the locks
     * {@code agent-N.lock} lie beside them.
     */
    record VirtioSerial(Path directory, int ports) implements GuestAddress {}

    /**
     * The socket behind which a VMM serves connections to its guest's vsock: {@code CONNECT PORT\n} is answered with
     * {@code OK NUMBER\n}, then it is the guest's (Firecracker docs/vsock.md).
     */
    record Vsock(Path socket) implements GuestAddress {
        /** Where the agent listens. */
        public static final int PORT = 5000;
    }

    /** A forwarded SSH port on the host's loopback. Host keys are not checked: the port is ours and the guest is not trusted. */
    record Ssh(int port, String user, Path privateKey) implements GuestAddress {}
}

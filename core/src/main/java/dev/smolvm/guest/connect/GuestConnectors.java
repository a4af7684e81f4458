package dev.smolvm.guest.connect;

import dev.smolvm.guest.Guest;
import dev.smolvm.guest.GuestAddress;
import dev.smolvm.guest.GuestConnector;
import dev.smolvm.guest.agent.AgentConnector;
import dev.smolvm.guest.ssh.SshConnector;
import java.time.Duration;

/** The connectors of this library. */
public final class GuestConnectors {
    private GuestConnectors() {}

    /** Reaches guests over whatever their address says. */
    public static GuestConnector standard() {
        return GuestConnectors::connect;
    }

    private static Guest connect(GuestAddress address, Duration deadline) {
        // Not a switch over the two: the first pattern switch of a process costs 4 ms, and the agent's ways are the
        // usual ones.
        if (address instanceof GuestAddress.VirtioSerial ports) {
            return AgentConnector.connect(ports, deadline);
        }
        if (address instanceof GuestAddress.Vsock vsock) {
            return AgentConnector.connect(vsock, deadline);
        }
        return SshConnector.connect((GuestAddress.Ssh) address, deadline);
    }
}

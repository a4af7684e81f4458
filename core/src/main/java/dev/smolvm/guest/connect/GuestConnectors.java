package dev.smolvm.guest.connect;

import dev.smolvm.guest.GuestAddress;
import dev.smolvm.guest.GuestConnector;
import dev.smolvm.guest.agent.AgentConnector;
import dev.smolvm.guest.ssh.SshConnector;

/** The connectors of this library. */
public final class GuestConnectors {
    private GuestConnectors() {}

    /** Reaches guests over whatever their address says. */
    public static GuestConnector standard() {
        return (address, deadline) -> switch (address) {
            case GuestAddress.VirtioSerial port -> AgentConnector.connect(port, deadline);
            case GuestAddress.Ssh ssh -> SshConnector.connect(ssh, deadline);
        };
    }
}

package dev.smolvm.sandbox;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.GuestAddress;
import dev.smolvm.guest.GuestVariables;
import dev.smolvm.guest.Rejuvenation;
import dev.smolvm.store.BlobId;
import dev.smolvm.vmm.MachineSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;

/** Reaches the guests of sandboxes. */
public final class GuestAccess {
    /** For a guest that runs already. */
    public static final Duration QUICK = Duration.ofSeconds(15);

    private final SandboxContext context;

    public GuestAccess(SandboxContext context) {
        this.context = context;
    }

    public Guest connect(SandboxRecord record, Duration deadline) {
        return context.guests().connect(address(record), deadline);
    }

    private GuestAddress address(SandboxRecord record) {
        SandboxDefinition definition = record.definition();
        Path run = context.store().layout().run(record.name(), record.generation());
        if (definition.agent()) {
            int ports = definition.machine().agentPorts();
            return ports > 0
                    ? new GuestAddress.VirtioSerial(run, ports)
                    : new GuestAddress.Vsock(run.resolve(MachineSpec.VSOCK_SOCKET));
        }
        return new GuestAddress.Ssh(
                record.sshPort()
                        .orElseThrow(() -> new SmolVmException(
                                ErrorKind.UNSUPPORTED,
                                "sandbox " + record.name() + " has neither an agent nor a network to reach it by",
                                "create it with --network nat")),
                definition.sshUser().orElse("root"),
                definition
                        .sshKey()
                        .orElseThrow(() -> new SmolVmException(
                                ErrorKind.USAGE,
                                "sandbox " + record.name() + " is reached over SSH and has no key",
                                "create it with --ssh-key FILE")));
    }

    /** How the guest's agent is told of a disk: its serial number, or where the guest sees none, its device. */
    public String diskName(SandboxRecord record, String id) {
        MachineSpec machine = record.definition().machine();
        boolean serials = context.vmms().of(machine).capabilities().diskSerials();
        return serials ? id : "vd" + (char) ('a' + machine.disks().indexOf(id));
    }

    /** Gives a guest that stood still the time and fresh randomness, and a fork that has none an identity of its own. */
    public void rejuvenate(SandboxRecord record) {
        rejuvenate(record, GuestVariables.NONE, OptionalLong.empty());
    }

    /**
     * @param variables for a fork, which gives them to every command from then on
     * @param rootBytes for a fork whose root disk has got another size: that size in bytes
     */
    public void rejuvenate(SandboxRecord record, GuestVariables variables, OptionalLong rootBytes) {
        if (record.refresh() != Refresh.IDENTITY) {
            rejuvenate(record, Rejuvenation.sameIdentity());
            return;
        }
        Rejuvenation identity =
                Rejuvenation.fork(record.name().value(), BlobId.random().value(), variables);
        try {
            rejuvenate(record, identity.on(record.definition().machine().mac(), rootBytes));
        } catch (SmolVmException e) {
            if (e.kind() != ErrorKind.INCOMPATIBLE || rootBytes.isPresent() || !variables.isEmpty()) {
                throw e;
            }
            // The agent of an older image: its card keeps the address it has, which no other one in its network has.
            rejuvenate(record, identity);
        }
    }

    private void rejuvenate(SandboxRecord record, Rejuvenation how) {
        try (Guest guest = connect(record, QUICK)) {
            guest.rejuvenate(how, QUICK);
        }
    }
}

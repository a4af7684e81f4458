package dev.smolvm.sandbox;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Guest;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.vmm.MachineSpec;
import dev.smolvm.vmm.SavedState;
import dev.smolvm.vmm.Vm;
import dev.smolvm.vmm.VmPlace;
import dev.smolvm.vmm.Vmm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Starts VMMs for sandboxes. The caller holds the sandbox's lock. */
public final class VmStarter {
    private static final int SSH = 22;
    private static final int PORT_TRIES = 20;
    private static final String POSIX_SHELL =
            "give the guest's SSH server a POSIX shell, such as the bash.exe of Git for"
                    + " Windows, as DefaultShell in the registry's HKLM\\SOFTWARE\\OpenSSH";
    private static final int SHOWN_CONSOLE = 600;
    /** What moves a terminal's cursor: boot loaders write it, and an error message is no place for it. */
    private static final Pattern CONTROL = Pattern.compile("\\e\\[[0-9;?=]*[A-Za-z]|\\r");

    private final SandboxContext context;
    private final GuestAccess access;

    public VmStarter(SandboxContext context) {
        this.context = context;
        this.access = new GuestAccess(context);
    }

    /** A VMM that was started for a sandbox, and the record that will name it. */
    public record Started(Vm vm, SandboxRecord record) {}

    /**
     * Starts the record's next VMM process, in a run directory of its own. From a saved state it is paused and has no ports
     * forwarded yet.
     */
    public Started start(SandboxRecord record, Optional<SavedState> state) {
        StoreLayout layout = context.store().layout();
        long generation = record.generation() + 1;
        Path run = layout.run(record.name(), generation);
        try {
            // Left by a command that died; the caller's lock says that nobody uses it.
            DurableFiles.deleteTree(run);
            DurableFiles.createDirectory(run);
        } catch (IOException e) {
            throw SmolVmException.of("create " + run, e);
        }
        Vmm vmm = context.vmms().of(record.definition().machine());
        // It may have been updated since the sandbox was made, and saves what its own version loads.
        MachineSpec machine = record.definition().machine().runBy(vmm);
        Vm vm = vmm.start(
                // That of a saved state was another's, if it is a fork; its guest learns its own when it reboots.
                machine.withHostName(record.name().value()),
                new DiskChains(context.store(), record.name()).attached(record),
                place(record, run, state),
                state);
        return new Started(vm, record.withMachine(machine).running(generation, vm.process()));
    }

    private VmPlace place(SandboxRecord record, Path run, Optional<SavedState> state) {
        StoreLayout layout = context.store().layout();
        List<Path> writable = new ArrayList<>(List.of(layout.vm(record.name())));
        List<Path> readable = new ArrayList<>(List.of(layout.layers()));
        for (DiskRecord disk : record.disks()) {
            DiskChains.userFile(disk, false).ifPresent(writable::add);
            DiskChains.userFile(disk, true).ifPresent(readable::add);
        }
        state.ifPresent(s -> readable.addAll(s.readable()));
        return new VmPlace(run, writable, readable);
    }

    /** Boots the record's disks and waits for the guest; on failure the VMM is gone again. */
    public Started boot(SandboxRecord record, Duration bootTimeout) {
        Started started = start(record, Optional.empty());
        try {
            Started reachable = new Started(started.vm(), forwardSsh(started));
            awaitGuest(reachable, bootTimeout);
            return new Started(started.vm(), forwardPorts(reachable));
        } catch (RuntimeException e) {
            started.vm().kill();
            started.vm().close();
            throw e;
        }
    }

    private void awaitGuest(Started started, Duration bootTimeout) {
        SandboxRecord record = started.record();
        VmmWatch watch = VmmWatch.of(started.vm().process());
        try (watch) {
            greet(record, bootTimeout);
        } catch (SmolVmException e) {
            if (watch.ended()) {
                throw new SmolVmException(
                        ErrorKind.VM_DIED,
                        "the VMM of sandbox " + record.name() + " ended while its guest booted"
                                + consoleTail(started.vm()),
                        "smolvm doctor checks this machine",
                        e);
            }
            if (e.kind() != ErrorKind.GUEST_UNRESPONSIVE) {
                throw new SmolVmException(
                        e.kind(),
                        "sandbox " + record.name() + " is not ready: " + e.getMessage(),
                        noPosixShell(record, e) ? POSIX_SHELL : e.advice(),
                        e);
            }
            throw new SmolVmException(
                    e.kind(),
                    "sandbox " + record.name() + " did not boot within " + bootTimeout.toSeconds() + " s"
                            + (record.definition().agent() ? "" : ": its SSH server does not answer")
                            + consoleTail(started.vm()),
                    "give it longer with --boot-timeout SECONDS, or more memory with --memory MIB",
                    e);
        }
    }

    private void greet(SandboxRecord record, Duration bootTimeout) {
        try (Guest guest = access.connect(record, bootTimeout)) {
            guest.ping(GuestAccess.QUICK);
            for (DiskRecord disk : record.disks()) {
                disk.mountPoint()
                        .ifPresent(d ->
                                guest.mount(access.diskName(record, disk.id()), d, "ext4", false, GuestAccess.QUICK));
            }
        }
    }

    private static boolean noPosixShell(SandboxRecord record, SmolVmException e) {
        return record.definition().os() == ImageManifest.GuestOs.WINDOWS && e.kind() == ErrorKind.UNSUPPORTED;
    }

    private static String consoleTail(Vm vm) {
        try {
            String console = CONTROL.matcher(new String(vm.drainConsole(), StandardCharsets.UTF_8))
                    .replaceAll("")
                    .strip();
            return console.isEmpty()
                    ? "; its console is empty"
                    : "; its console ends with:\n" + console.substring(Math.max(0, console.length() - SHOWN_CONSOLE));
        } catch (SmolVmException e) {
            return "";
        }
    }

    /** Gives the guest's SSH server a free port of the host, where the sandbox is reached over SSH. */
    public SandboxRecord forwardSsh(Started started) {
        SandboxRecord record = started.record();
        return record.definition().sshUser().isPresent() && record.definition().network() == NetworkMode.NAT
                ? record.withSshPort(forwardAny(started.vm(), SSH))
                : record;
    }

    /**
     * Forwards the ports that the user asked for; one that is taken meanwhile is dropped from the record rather than keeping
     * the sandbox from running.
     */
    public SandboxRecord forwardPorts(Started started) {
        List<PortForward> kept = new ArrayList<>();
        for (PortForward port : started.record().ports()) {
            try {
                started.vm().forward(port.hostPort(), port.guestPort());
                kept.add(port);
            } catch (SmolVmException e) {
                if (e.kind() != ErrorKind.CONFLICT) {
                    throw e;
                }
            }
        }
        return started.record().withPorts(kept);
    }

    /** Forwards some free port; returns it. */
    public static int forwardAny(Vm vm, int guestPort) {
        for (int attempt = 1; ; attempt++) {
            int port = freePort();
            try {
                vm.forward(port, guestPort);
                return port;
            } catch (SmolVmException e) {
                // Somebody else took the port between the question and its use.
                if (e.kind() != ErrorKind.CONFLICT || attempt == PORT_TRIES) {
                    throw e;
                }
            }
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw SmolVmException.of("find a free port", e);
        }
    }
}

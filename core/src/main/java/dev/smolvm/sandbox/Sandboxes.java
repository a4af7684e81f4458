package dev.smolvm.sandbox;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Guest;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.StoreLocks;
import dev.smolvm.vmm.Vm;
import dev.smolvm.vmm.VmState;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** All sandboxes of a store. */
public final class Sandboxes {
    private static final Duration POWER_OFF = Duration.ofSeconds(30);

    private final SandboxContext context;
    private final SandboxSource source;
    private final SandboxRecords records;
    private final Liveness liveness;
    private final GuestAccess access;
    private final SandboxDescription description;
    private final Recovery recovery;

    /** New ones boot. */
    public Sandboxes(SandboxContext context) {
        this(context, new SandboxCreation(context));
    }

    public Sandboxes(SandboxContext context, SandboxSource source) {
        this.context = context;
        this.source = source;
        this.records = context.records();
        this.liveness = new Liveness(context);
        this.recovery = new Recovery(context);
        this.access = new GuestAccess(context);
        this.description = new SandboxDescription(context.store().layout(), liveness);
    }

    /** Creates and starts a sandbox; returns once it is ready for its first command. On failure nothing is left. */
    public SandboxInfo create(SandboxRequest request, Progress progress) {
        try {
            request.name().ifPresent(SandboxName::requireUsers);
            return source.create(request, progress);
        } catch (RuntimeException e) {
            collectAfter(e);
            throw e;
        }
    }

    /** A creation that failed may have made layers, for mounts or firmware, that nothing names. */
    private void collectAfter(RuntimeException failure) {
        try {
            context.collector().collect();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /** Sorted by name; a damaged record is an integrity failure that names it. */
    public List<SandboxInfo> list() {
        return records.names().parallelStream()
                .filter(name -> name.template().isEmpty())
                .map(records::find)
                .flatMap(Optional::stream)
                .map(this::describe)
                .toList();
    }

    /**
     * Finds a sandbox by name, id or unambiguous prefix of its id.
     *
     * @throws SmolVmException not found; conflict for an ambiguous prefix
     */
    public SandboxName resolve(String reference) {
        return records.resolve(reference);
    }

    public SandboxInfo info(SandboxName name) {
        return describe(records.load(name));
    }

    /** Boots a stopped or crashed sandbox from its disk. */
    public SandboxInfo start(SandboxName name, Duration bootTimeout, Progress progress) {
        try (StoreLocks.Held lock = context.store().locks().sandbox(name);
                StoreLocks.Held store = context.store().locks().storeShared()) {
            SandboxRecord record = recovery.recover(name);
            SandboxStatus status = liveness.status(record);
            if (status.live()) {
                throw new SmolVmException(
                        ErrorKind.CONFLICT,
                        "sandbox " + name + " is " + status.label() + " already",
                        status == SandboxStatus.PAUSED ? "smolvm sandbox resume " + name : "");
            }
            record = ended(record);
            record = new DiskChains(context.store(), name).seal(record);
            records.save(record);
            Journal journal = new Journal(context.store().layout(), name);
            journal.begin(new Unfinished.Start(record.generation()));
            progress.step("boot");
            return describe(booted(record, bootTimeout, journal));
        }
    }

    private SandboxRecord booted(SandboxRecord record, Duration bootTimeout, Journal journal) {
        try {
            VmStarter.Started started = new VmStarter(context).boot(record, bootTimeout);
            try (Vm vm = started.vm()) {
                if (record.refresh() == Refresh.IDENTITY) {
                    access.rejuvenate(started.record().withRefresh(Refresh.IDENTITY));
                }
                records.save(started.record());
            }
            records.tidy(started.record());
            journal.end();
            return started.record();
        } catch (RuntimeException e) {
            recovery.afterFailure(record.name(), e);
            throw e;
        }
    }

    /** Shuts the guest down, or with {@code force} ends the VMM at once. */
    public SandboxInfo stop(SandboxName name, boolean force) {
        try (StoreLocks.Held lock = context.store().locks().sandbox(name)) {
            SandboxRecord record = force ? records.load(name) : recovery.recover(name);
            if (liveness.hasProcess(record)) {
                if (force) {
                    record.process().orElseThrow().kill();
                } else {
                    shutDownIfItLasts(record);
                }
            }
            return describe(ended(record));
        }
    }

    /** A VMM that ends with its guest may be gone before it has answered everything. */
    private void shutDownIfItLasts(SandboxRecord record) {
        try {
            shutDown(record);
        } catch (SmolVmException e) {
            if (e.kind() != ErrorKind.VM_DIED || liveness.hasProcess(record)) {
                throw e;
            }
        }
    }

    private void shutDown(SandboxRecord record) {
        try (Vm vm = liveness.attachEvenIfOff(record)) {
            if (vm.state() != VmState.POWERED_OFF) {
                if (vm.state() != VmState.RUNNING) {
                    vm.resume();
                }
                askToPowerOff(record, vm);
                if (!vm.awaitPowerOff(POWER_OFF)) {
                    throw new SmolVmException(
                            ErrorKind.GUEST_UNRESPONSIVE,
                            "sandbox " + record.name() + " did not power off within " + POWER_OFF.toSeconds() + " s",
                            "smolvm sandbox stop --force " + record.name());
                }
            }
            console(record).collect(vm);
            vm.quit();
        }
    }

    private void askToPowerOff(SandboxRecord record, Vm vm) {
        try (Guest guest = access.connect(record, GuestAccess.QUICK)) {
            guest.shutdown(false, GuestAccess.QUICK);
        } catch (SmolVmException e) {
            vm.powerButton();
        }
    }

    /** Writes down that the sandbox has no VMM any more, and clears away what that one left. */
    private SandboxRecord ended(SandboxRecord record) {
        record.process().ifPresent(p -> p.kill());
        SandboxRecord stopped = record.stopped();
        records.save(stopped);
        records.tidy(stopped);
        new Journal(context.store().layout(), record.name()).end();
        return stopped;
    }

    public SandboxInfo pause(SandboxName name) {
        try (StoreLocks.Held lock = context.store().locks().sandbox(name)) {
            SandboxRecord record = recovery.recover(name);
            try (Vm vm = liveness.attach(record)) {
                vm.pause();
            }
            return describe(record);
        }
    }

    /** Lets a paused sandbox go on, with the right time. */
    public SandboxInfo resume(SandboxName name) {
        try (StoreLocks.Held lock = context.store().locks().sandbox(name)) {
            SandboxRecord record = recovery.recover(name);
            try (Vm vm = liveness.attach(record)) {
                vm.resume();
                if (vm.state() == VmState.WRITE_FAILED) {
                    throw new SmolVmException(
                            ErrorKind.NO_SPACE,
                            "sandbox " + name + " cannot go on: its writes fail, the host's disk is full",
                            "free some space, then: smolvm sandbox resume " + name);
                }
            }
            access.rejuvenate(record);
            if (record.refresh() != Refresh.NONE) {
                record = record.withRefresh(Refresh.NONE);
                records.save(record);
            }
            return describe(record);
        }
    }

    /** Removes a sandbox; a live one only with {@code force}. Its snapshots stay. */
    public void delete(SandboxName name, boolean force) {
        try (StoreLocks.Held lock = context.store().locks().sandbox(name)) {
            if (!force) {
                SandboxStatus status = liveness.status(records.load(name));
                if (status.live()) {
                    throw new SmolVmException(
                            ErrorKind.CONFLICT,
                            "sandbox " + name + " is " + status.label(),
                            "smolvm sandbox delete --force " + name);
                }
            }
            remove(name);
        }
    }

    private void remove(SandboxName name) {
        if (!records.exists(name)) {
            records.load(name);
        }
        try {
            context.store().remove(context.store().layout().sandbox(name), context.collector()::collect);
        } catch (IOException e) {
            throw SmolVmException.of("delete sandbox " + name, e);
        }
    }

    /**
     * Opens a session with a running guest.
     *
     * @throws SmolVmException conflict: it is not running
     */
    public Guest connect(SandboxName name, Duration deadline) {
        SandboxRecord record = records.load(name);
        Interference interference = new Interference(context, record);
        return new SharedGuest(interference.explained(() -> connect(record, deadline)), interference);
    }

    private Guest connect(SandboxRecord record, Duration deadline) {
        SandboxName name = record.name();
        SandboxStatus status = liveness.status(record);
        return switch (status) {
            case RUNNING -> access.connect(record, deadline);
            case PAUSED ->
                throw new SmolVmException(
                        ErrorKind.CONFLICT, "sandbox " + name + " is paused", "smolvm sandbox resume " + name);
            case OUT_OF_SPACE ->
                throw new SmolVmException(
                        ErrorKind.NO_SPACE,
                        "sandbox " + name + " stands still because the host's disk is full",
                        "free some space, then: smolvm sandbox resume " + name);
            case NOT_ANSWERING ->
                throw new SmolVmException(
                        ErrorKind.GUEST_UNRESPONSIVE,
                        "the VMM of sandbox " + name + " does not answer",
                        "smolvm sandbox stop --force " + name);
            case CRASHED ->
                throw new SmolVmException(
                        ErrorKind.VM_DIED, "sandbox " + name + " has crashed", "smolvm sandbox start " + name);
            case STOPPED -> throw Liveness.notRunning(record, "is stopped");
        };
    }

    /** Brings the console log file up to date; {@link SandboxInfo#console()} names it. */
    public void collectConsole(SandboxName name) {
        try (StoreLocks.Held lock = context.store().locks().sandbox(name)) {
            SandboxRecord record = records.load(name);
            if (liveness.hasProcess(record)) {
                try (Vm vm = liveness.attachEvenIfOff(record)) {
                    console(record).collect(vm);
                }
            }
        }
    }

    /** Forwards a host port (empty: any free one) to a guest port. */
    public PortForward expose(SandboxName name, OptionalInt hostPort, int guestPort) {
        try (StoreLocks.Held lock = context.store().locks().sandbox(name)) {
            SandboxRecord record = records.load(name);
            if (record.definition().network() == NetworkMode.NONE) {
                throw new SmolVmException(
                        ErrorKind.CONFLICT, "sandbox " + name + " has no network", "create one with --network nat");
            }
            try (Vm vm = liveness.attach(record)) {
                PortForward port = new PortForward(
                        hostPort.isPresent() ? hostPort.getAsInt() : VmStarter.forwardAny(vm, guestPort), guestPort);
                if (hostPort.isPresent()) {
                    vm.forward(port.hostPort(), guestPort);
                }
                List<PortForward> ports = new ArrayList<>(record.ports());
                ports.add(port);
                records.save(record.withPorts(ports));
                return port;
            }
        }
    }

    public void unexpose(SandboxName name, int hostPort) {
        try (StoreLocks.Held lock = context.store().locks().sandbox(name)) {
            SandboxRecord record = records.load(name);
            List<PortForward> ports = new ArrayList<>(record.ports());
            if (!ports.removeIf(p -> p.hostPort() == hostPort)) {
                throw new SmolVmException(
                        ErrorKind.NOT_FOUND,
                        "sandbox " + name + " forwards no host port " + hostPort,
                        "smolvm sandbox port list " + name);
            }
            if (liveness.hasProcess(record)) {
                try (Vm vm = liveness.attachEvenIfOff(record)) {
                    vm.unforward(hostPort);
                }
            }
            records.save(record.withPorts(ports));
        }
    }

    private SandboxInfo describe(SandboxRecord record) {
        return description.of(record);
    }

    private Console console(SandboxRecord record) {
        return new Console(context.store().layout(), record.name());
    }
}

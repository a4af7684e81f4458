package dev.smolvm.sandbox;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.vmm.Vm;
import dev.smolvm.vmm.VmState;
import dev.smolvm.vmm.Vmm;
import java.nio.file.Path;

/** What sandboxes are doing, asked of their VMMs. */
public final class Liveness {
    private final SandboxContext context;

    public Liveness(SandboxContext context) {
        this.context = context;
    }

    public SandboxStatus status(SandboxRecord record) {
        if (record.process().isEmpty()) {
            return SandboxStatus.STOPPED;
        }
        ProcessIdentity process = record.process().get();
        if (!process.alive()) {
            return vmm(record).poweredOff(run(record)) ? SandboxStatus.STOPPED : SandboxStatus.CRASHED;
        }
        try {
            return switch (observe(record)) {
                case RUNNING -> SandboxStatus.RUNNING;
                case PAUSED -> SandboxStatus.PAUSED;
                case WRITE_FAILED -> SandboxStatus.OUT_OF_SPACE;
                case POWERED_OFF -> SandboxStatus.STOPPED;
            };
        } catch (SmolVmException e) {
            return switch (e.kind()) {
                case VM_DIED -> SandboxStatus.CRASHED;
                case GUEST_UNRESPONSIVE, INTEGRITY -> SandboxStatus.NOT_ANSWERING;
                default -> throw e;
            };
        }
    }

    /**
     * Asks a VMM, however busy its control monitor is. The record names a process.
     *
     * @throws SmolVmException guest did not answer: the VMM hangs; VM died
     */
    VmState observe(SandboxRecord record) {
        return vmm(record).observe(run(record), record.process().orElseThrow());
    }

    /** Whether a VMM process is there, whatever its guest does. */
    public boolean hasProcess(SandboxRecord record) {
        return record.process().filter(ProcessIdentity::alive).isPresent();
    }

    /**
     * Takes hold of a sandbox's VMM.
     *
     * @throws SmolVmException conflict: it is stopped; VM died: it has crashed
     */
    public Vm attach(SandboxRecord record) {
        ProcessIdentity process = record.process().orElseThrow(() -> notRunning(record, "is stopped"));
        if (!process.alive() && vmm(record).poweredOff(run(record))) {
            throw notRunning(record, "has powered itself off");
        }
        if (!process.alive()) {
            throw new SmolVmException(
                    ErrorKind.VM_DIED,
                    "sandbox " + record.name() + " has crashed",
                    "smolvm sandbox start " + record.name() + " boots it again from its disk");
        }
        Vm vm = attachEvenIfOff(record);
        if (vm.state() == VmState.POWERED_OFF) {
            vm.close();
            throw notRunning(record, "has powered itself off");
        }
        return vm;
    }

    /** Takes hold of the VMM that the record names, also if its guest has powered itself off. */
    Vm attachEvenIfOff(SandboxRecord record) {
        return vmm(record).attach(run(record), record.process().orElseThrow());
    }

    public static SmolVmException notRunning(SandboxRecord record, String why) {
        return new SmolVmException(
                ErrorKind.CONFLICT, "sandbox " + record.name() + " " + why, "smolvm sandbox start " + record.name());
    }

    private Vmm vmm(SandboxRecord record) {
        return context.vmms().of(record.definition().machine());
    }

    private Path run(SandboxRecord record) {
        return context.store().layout().run(record.name(), record.generation());
    }
}

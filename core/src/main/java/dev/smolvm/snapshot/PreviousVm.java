package dev.smolvm.snapshot;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.sandbox.Liveness;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.vmm.Vm;
import dev.smolvm.vmm.VmState;
import java.util.Optional;

/** A sandbox's VM from before a restore. It stands still while the new one is started; unless it is replaced it goes on. */
final class PreviousVm implements AutoCloseable {
    private final Optional<ProcessIdentity> process;
    private final Optional<Vm> vm;
    private final boolean wasRunning;
    private boolean replaced;

    private PreviousVm(Optional<ProcessIdentity> process, Optional<Vm> vm, boolean wasRunning) {
        this.process = process;
        this.vm = vm;
        this.wasRunning = wasRunning;
    }

    static PreviousVm standStill(Optional<SandboxRecord> record, Liveness liveness) {
        Optional<ProcessIdentity> process =
                record.flatMap(SandboxRecord::process).filter(ProcessIdentity::alive);
        if (process.isEmpty() || !liveness.status(record.get()).live()) {
            return new PreviousVm(process, Optional.empty(), false);
        }
        try {
            Vm vm = liveness.attach(record.get());
            boolean running = vm.state() == VmState.RUNNING;
            if (running) {
                vm.pause();
            }
            return new PreviousVm(process, Optional.of(vm), running);
        } catch (SmolVmException e) {
            // It hangs or dies just now: nothing to keep still, and no reason not to restore.
            return new PreviousVm(process, Optional.empty(), false);
        }
    }

    /** Ends it: the record names its successor. */
    void replaced() {
        replaced = true;
        process.ifPresent(ProcessIdentity::kill);
    }

    @Override
    public void close() {
        if (vm.isPresent()) {
            try (Vm held = vm.get()) {
                if (!replaced && wasRunning) {
                    held.resume();
                }
            }
        }
    }
}

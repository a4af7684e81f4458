package dev.smolvm.sandbox;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Guest;
import dev.smolvm.store.StoreLocks;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Tells a guest that failed from one that another command stopped, paused, restored or deleted meanwhile. Who talks to a guest
 * holds no lock, since that may take for ever; so others may take the VMM away at any time.
 */
final class Interference {
    private final SandboxContext context;
    private final SandboxRecord before;
    private final Liveness liveness;

    /** @param before the record at the time when the guest was looked for */
    Interference(SandboxContext context, SandboxRecord before) {
        this.context = context;
        this.before = before;
        this.liveness = new Liveness(context);
    }

    /** Runs something that needs the guest; its failure is told as what it is. */
    <T> T explained(Supplier<T> talk) {
        try {
            return talk.get();
        } catch (SmolVmException e) {
            throw told(e);
        }
    }

    interface Talk<X extends Exception> {
        void run() throws X;
    }

    /** The same for what returns nothing, and may fail by itself. */
    <X extends Exception> void explain(Talk<X> talk) throws X {
        try {
            talk.run();
        } catch (SmolVmException e) {
            throw told(e);
        }
    }

    /** Runs something that may take for ever, which a guest that powers itself off ends. */
    <T> T watched(Guest guest, Supplier<T> talk) {
        try (PowerWatch power = PowerWatch.over(liveness, before, guest)) {
            try {
                return talk.get();
            } catch (SmolVmException e) {
                throw told(e, power);
            }
        }
    }

    /** The same for what returns nothing, and may fail by itself. */
    <X extends Exception> void watch(Guest guest, Talk<X> talk) throws X {
        try (PowerWatch power = PowerWatch.over(liveness, before, guest)) {
            try {
                talk.run();
            } catch (SmolVmException e) {
                throw told(e, power);
            }
        }
    }

    private SmolVmException told(SmolVmException failure, PowerWatch power) {
        SmolVmException told = told(failure);
        return power.poweredOff() && told == failure ? off(failure) : told;
    }

    private SmolVmException told(SmolVmException failure) {
        return switch (failure.kind()) {
            case GUEST_UNRESPONSIVE, VM_DIED ->
                meanwhile().map(w -> conflict(w, failure)).orElse(failure);
            default -> failure;
        };
    }

    private SmolVmException off(SmolVmException failure) {
        return new SmolVmException(
                ErrorKind.VM_DIED,
                failure.getMessage() + ": the guest of sandbox " + before.name() + " has powered itself off",
                "smolvm sandbox start " + before.name() + " boots it again from its disk",
                failure);
    }

    private SmolVmException conflict(String what, SmolVmException failure) {
        return new SmolVmException(
                ErrorKind.CONFLICT,
                failure.getMessage() + ": another command has " + what + " sandbox " + before.name() + " meanwhile",
                "run it again, or see what there is: smolvm sandbox list",
                failure);
    }

    /**
     * What another command did to the sandbox; empty if none did anything. One that is still at it is waited for.
     *
     * @throws SmolVmException conflict: that takes longer
     */
    private Optional<String> meanwhile() {
        try (StoreLocks.Held lock = context.store().locks().sandbox(before.name())) {
            Optional<SandboxRecord> found = context.records().find(before.name());
            if (found.isEmpty()
                    || !found.get().definition().id().equals(before.definition().id())) {
                return Optional.of("deleted");
            }
            SandboxRecord now = found.get();
            if (now.process().isEmpty()) {
                return Optional.of("stopped");
            }
            if (!now.process().equals(before.process())) {
                return Optional.of("restarted or restored");
            }
            return liveness.hasProcess(now) && liveness.status(now) == SandboxStatus.PAUSED
                    ? Optional.of("paused")
                    : Optional.empty();
        }
    }
}

package dev.smolvm.sandbox;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.Rejuvenation;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import dev.smolvm.os.Uninterrupted;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLocks;
import dev.smolvm.vmm.Vm;
import dev.smolvm.vmm.VmState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Puts sandboxes right after commands that died or failed half-way: what was not yet committed is undone, the rest is
 * finished, and a guest that such a command held still goes on. Failing and dying take the same way back.
 */
public final class Recovery {
    /** A guest that stood still gets the time, but a hostile one cannot hold up the command that found it. */
    private static final Duration REJUVENATE = Duration.ofSeconds(3);

    private final SandboxContext context;
    private final SandboxRecords records;
    private final Liveness liveness;

    public Recovery(SandboxContext context) {
        this.context = context;
        this.records = context.records();
        this.liveness = new Liveness(context);
    }

    /** Looks after every sandbox that nobody is at work on; what cannot be put right now is left to the next command. */
    public void sweep() {
        boolean recovered = records.sweep();
        for (SandboxName name : records.names()) {
            if (name.template().isPresent()) {
                recovered |= discardAbandoned(name, name.template().get());
            } else if (journal(name).isOpen()) {
                recovered |= tryRecover(name);
            }
        }
        if (recovered || context.store().cleared()) {
            context.collector().collect();
        }
    }

    /** A sandbox that was to become a template, when the command died that was making it. */
    private boolean discardAbandoned(SandboxName name, SnapshotId template) {
        Optional<StoreLocks.Held> making = context.store().locks().tryTemplate(template.value());
        if (making.isEmpty()) {
            return false;
        }
        try (StoreLocks.Held held = making.get()) {
            new Sandboxes(context).delete(name, true);
            return true;
        } catch (SmolVmException e) {
            return false;
        }
    }

    private boolean tryRecover(SandboxName name) {
        Optional<StoreLocks.Held> lock = context.store().locks().trySandbox(name);
        if (lock.isEmpty()) {
            return false;
        }
        try (StoreLocks.Held held = lock.get()) {
            recover(name);
            return true;
        } catch (SmolVmException e) {
            // A VMM that hangs, a full disk: the command that needs this sandbox meets it again and says so.
            return false;
        }
    }

    /**
     * The sandbox's record, once it is right. The caller holds the sandbox's lock.
     *
     * @throws SmolVmException not found; guest did not answer: its VMM hangs, so nothing can be undone yet
     */
    public SandboxRecord recover(SandboxName name) {
        SandboxRecord record = records.load(name);
        Journal journal = journal(name);
        if (!journal.isOpen()) {
            return record;
        }
        Optional<Unfinished> entry = journal.read();
        if (entry.isPresent() && entry.get() instanceof Unfinished.Save save) {
            record = settle(record, save);
        }
        // Only now: a VMM that still saves goes on making files.
        records.tidy(record);
        if (entry.isPresent()) {
            record = switch (entry.get()) {
                case Unfinished.Start _ -> record;
                case Unfinished.Save save -> goOn(record, runsAfter(record, save));
                case Unfinished.Restore restore ->
                    record.generation() == restore.generation()
                            ? goOn(record, restore.wasRunning())
                            : finish(record, restore);
            };
        }
        journal.end();
        return record;
    }

    /** Undoes what a command did that fails; what cannot be undone now stays in the journal for the next command. */
    public void afterFailure(SandboxName name, Throwable failure) {
        Uninterrupted.run(() -> {
            try {
                if (records.exists(name)) {
                    recover(name);
                } else {
                    records.discardUnfinished(name);
                }
            } catch (IOException | RuntimeException e) {
                failure.addSuppressed(e);
            }
        });
    }

    private Journal journal(SandboxName name) {
        return new Journal(context.store().layout(), name);
    }

    /** Another command may have made a snapshot with this id since; one that cannot be read is nobody's. */
    private boolean published(SandboxRecord record, Unfinished.Save save) {
        try {
            Path manifest = context.store().layout().snapshotManifest(save.snapshot());
            return JsonFields.of(JsonParser.read(manifest), "manifest")
                    .object("snapshot")
                    .object("sandbox")
                    .string("sandbox_id")
                    .equals(record.definition().id());
        } catch (IOException | JsonFormatException e) {
            return false;
        }
    }

    private boolean runsAfter(SandboxRecord record, Unfinished.Save save) {
        return save.wasRunning() && (save.leaveRunning() || !published(record, save));
    }

    /** Ends the capture, and makes the record say what the VM writes to. */
    private SandboxRecord settle(SandboxRecord before, Unfinished.Save save) {
        SandboxRecord record = published(before, save) ? before.withParent(save.snapshot()) : before;
        if (!liveness.hasProcess(record)) {
            // What the VM wrote to is known no more; an empty layer on top is harmless, and the next start seals the
            // others.
            return saved(before, record);
        }
        DiskChains chains = new DiskChains(context.store(), record.name());
        // Refuses at once where the VMM hangs.
        liveness.observe(record);
        try (Vm vm = liveness.attachEvenIfOff(record);
                StoreLocks.Held layers = context.store().locks().storeShared()) {
            vm.abandonCapture();
            // What it saved may fill the disk, and the record needs room.
            records.tidy(before);
            return saved(before, chains.seal(chains.agreeWith(vm, record)));
        }
    }

    private SandboxRecord saved(SandboxRecord before, SandboxRecord after) {
        if (!after.equals(before)) {
            records.save(after);
        }
        return after;
    }

    private SandboxRecord goOn(SandboxRecord record, boolean running) {
        if (!running || !liveness.hasProcess(record)) {
            return record;
        }
        liveness.observe(record);
        try (Vm vm = liveness.attachEvenIfOff(record)) {
            VmState state = vm.state();
            if (state != VmState.PAUSED && state != VmState.WRITE_FAILED) {
                return record;
            }
            vm.resume();
        }
        rejuvenate(record);
        return record;
    }

    private void rejuvenate(SandboxRecord record) {
        if (!record.definition().agent()) {
            return;
        }
        try (Guest guest = new GuestAccess(context).connect(record, REJUVENATE)) {
            guest.rejuvenate(Rejuvenation.sameIdentity(), REJUVENATE);
        } catch (SmolVmException e) {
            // Its clock is behind by as long as it stood still; that it runs matters more.
        }
    }

    /** The new VMM is the sandbox's already: what follows the commit is done now. */
    private SandboxRecord finish(SandboxRecord restored, Unfinished.Restore restore) {
        SandboxRecord record = restored;
        if (!record.ports().isEmpty() && liveness.hasProcess(record)) {
            try (Vm vm = liveness.attachEvenIfOff(record)) {
                // Some may be forwarded already, and would look taken.
                record.ports().forEach(p -> vm.unforward(p.hostPort()));
                record = saved(record, new VmStarter(context).forwardPorts(new VmStarter.Started(vm, record)));
            }
        }
        if (!restore.fork()) {
            new RestoredMark(context.store(), restore.snapshot()).write(record.name());
        }
        return record;
    }
}

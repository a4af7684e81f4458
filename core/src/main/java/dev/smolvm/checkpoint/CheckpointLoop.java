package dev.smolvm.checkpoint;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.history.PruneDecision;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SnapshotId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One run of {@link Checkpoints}. */
final class CheckpointLoop {
    private final CheckpointRequest request;
    private final Target target;
    private final CheckpointListener listener;
    private final Ticks ticks;
    private final List<SnapshotInfo> left = new ArrayList<>();
    private int taken;
    private int removed;
    private int skipped;

    CheckpointLoop(CheckpointRequest request, Target target, CheckpointListener listener, Ticks ticks) {
        this.request = request;
        this.target = target;
        this.listener = listener;
        this.ticks = ticks;
    }

    CheckpointSummary run() {
        long start = ticks.nanos();
        long every = request.every().toNanos();
        while (true) {
            if (round()) {
                return summary(true);
            }
            // From the start, so that what a checkpoint takes delays none of the later ones; those that were missed are
            // lost.
            long periods = (ticks.nanos() - start) / every + 1;
            try {
                ticks.sleepUntil(start + periods * every);
            } catch (InterruptedException e) {
                return summary(false);
            }
        }
    }

    private CheckpointSummary summary(boolean undone) {
        return new CheckpointSummary(taken, left, removed, skipped, undone);
    }

    /** Whether it was interrupted. */
    private boolean round() {
        SnapshotInfo checkpoint;
        try {
            SandboxInfo sandbox = target.info();
            if (sandbox.status() == SandboxStatus.PAUSED) {
                skip("sandbox " + request.sandbox() + " is paused");
                return false;
            }
            checkpoint = target.save(type(sandbox));
            taken++;
            left.add(checkpoint);
            listener.taken(checkpoint);
        } catch (SmolVmException e) {
            if (interrupted(e)) {
                return true;
            }
            endUnlessItPasses(e);
            skip(e.getMessage());
            return false;
        }
        thin(checkpoint.sandboxId());
        return false;
    }

    /** The interruption has been answered: whoever asked for it wants this to end, and nothing else. */
    private static boolean interrupted(SmolVmException e) {
        return Thread.interrupted() || e.kind() == ErrorKind.INTERRUPTED;
    }

    private void skip(String why) {
        skipped++;
        listener.skipped(why);
    }

    private void endUnlessItPasses(SmolVmException e) {
        if (!Checkpoints.passes(e.kind()) || !target.info().status().live()) {
            throw e;
        }
    }

    private SnapshotType type(SandboxInfo sandbox) {
        boolean closed = request.type() == SnapshotType.DIFF
                && request.keep().isPresent()
                && checkpointsBelow(sandbox) >= request.keep().getAsInt();
        return closed ? SnapshotType.FULL : request.type();
    }

    /** How many checkpoints a diff that is taken now would need, directly or through others. */
    private int checkpointsBelow(SandboxInfo sandbox) {
        Map<SnapshotId, SnapshotInfo> all = new HashMap<>();
        target.snapshots().forEach(s -> all.put(s.id(), s));
        int found = 0;
        // Each is looked at once: damaged manifests may need each other.
        SnapshotInfo next = sandbox.parent().map(all::remove).orElse(null);
        while (next != null) {
            if (next.sandboxId().equals(sandbox.id()) && Checkpoints.marked(next)) {
                found++;
            }
            next = next.memoryParent().map(all::remove).orElse(null);
        }
        return found;
    }

    /** What cannot be removed now is tried again the next time. */
    private void thin(String sandboxId) {
        if (request.keep().isEmpty()) {
            return;
        }
        try {
            for (PruneDecision decision :
                    target.thin(sandboxId, request.keep().getAsInt()).removed()) {
                removed++;
                left.removeIf(t -> t.id().equals(decision.snapshot().id()));
                listener.removed(decision.snapshot());
            }
        } catch (SmolVmException e) {
            if (e.kind() != ErrorKind.INTERRUPTED && !Checkpoints.passes(e.kind())) {
                throw e;
            }
            if (e.kind() == ErrorKind.INTERRUPTED) {
                // The sleep that follows ends at once.
                Thread.currentThread().interrupt();
            }
        }
    }
}

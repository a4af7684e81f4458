package dev.smolvm.fork;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a fork did.
 *
 * @param snapshot what the copies come from; empty where none of them came up, so that it is gone again
 * @param copies in the order of their indices
 */
public record ForkResult(SandboxName source, Optional<SnapshotInfo> snapshot, List<ForkedCopy> copies) {
    public ForkResult {
        copies = List.copyOf(copies);
    }

    /** That it was ended before all copies were started, and what there is of it. */
    SmolVmException interrupted() {
        List<String> up = copies.stream()
                .filter(ForkedCopy.Up.class::isInstance)
                .map(c -> c.name().value())
                .toList();
        String operation = "fork sandbox " + source + ": interrupted";
        if (up.isEmpty() || snapshot.isEmpty()) {
            return new SmolVmException(ErrorKind.INTERRUPTED, operation + "; no copy is up", "");
        }
        SnapshotId id = snapshot.get().id();
        return new SmolVmException(
                ErrorKind.INTERRUPTED,
                operation + "; up: " + String.join(", ", up) + "; snapshot " + id + " stays",
                "to undo it: smolvm sandbox delete --force " + String.join(" ", up)
                        + "; smolvm sandbox snapshot delete " + id);
    }

    /** The first copy's failure, as that of the whole; empty where all are up. */
    public Optional<SmolVmException> failure() {
        List<ForkedCopy.Failed> failed = new ArrayList<>();
        for (ForkedCopy copy : copies) {
            if (copy instanceof ForkedCopy.Failed one) {
                failed.add(one);
            }
        }
        if (failed.isEmpty()) {
            return Optional.empty();
        }
        ForkedCopy.Failed first = failed.getFirst();
        return Optional.of(new SmolVmException(
                first.failure().kind(),
                failed.size() + " of " + copies.size() + " copies of sandbox " + source + " failed; " + first.name()
                        + ": " + first.failure().getMessage(),
                first.failure().advice(),
                first.failure()));
    }
}

package dev.smolvm.cli.fake;

import dev.smolvm.Progress;
import dev.smolvm.cli.library.ForkLibrary;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.fork.ForkRequest;
import dev.smolvm.fork.ForkResult;
import dev.smolvm.fork.ForkedCopy;
import dev.smolvm.store.SandboxName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Copies that look like their source; remembers what was asked. */
public final class FakeForks implements ForkLibrary {
    public final List<ForkRequest> asked = new ArrayList<>();
    /** The index of the copy that fails; 0: none. */
    public int failing;

    private final FakeSandboxes sandboxes;
    private final FakeSnapshots snapshots;

    FakeForks(FakeSandboxes sandboxes, FakeSnapshots snapshots) {
        this.sandboxes = sandboxes;
        this.snapshots = snapshots;
    }

    @Override
    public ForkResult fork(ForkRequest request, Progress progress) {
        asked.add(request);
        snapshots.with("fork-1", request.source().value(), null);
        List<ForkedCopy> copies = new ArrayList<>();
        for (int index = 1; index <= request.count(); index++) {
            copies.add(
                    index == failing
                            ? new ForkedCopy.Failed(
                                    index,
                                    new SandboxName(request.source() + "-fork-" + index),
                                    new SmolVmException(ErrorKind.VM_DIED, "its VMM ended", "smolvm doctor"))
                            : new ForkedCopy.Up(index, sandboxes.info(request.source())));
        }
        return new ForkResult(
                request.source(),
                Optional.of(snapshots.snapshots.values().iterator().next()),
                copies);
    }
}

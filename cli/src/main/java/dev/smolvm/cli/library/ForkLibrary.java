package dev.smolvm.cli.library;

import dev.smolvm.Progress;
import dev.smolvm.fork.ForkRequest;
import dev.smolvm.fork.ForkResult;

/** As {@link dev.smolvm.fork.Forks}. */
public interface ForkLibrary {
    ForkResult fork(ForkRequest request, Progress progress);
}

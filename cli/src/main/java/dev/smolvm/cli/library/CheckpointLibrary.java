package dev.smolvm.cli.library;

import dev.smolvm.Progress;
import dev.smolvm.checkpoint.CheckpointListener;
import dev.smolvm.checkpoint.CheckpointRequest;
import dev.smolvm.checkpoint.CheckpointSummary;
import dev.smolvm.checkpoint.GuardedCommand;
import dev.smolvm.checkpoint.GuardedRequest;
import dev.smolvm.checkpoint.GuardedResult;

/** As {@link dev.smolvm.checkpoint.Checkpoints} and {@link dev.smolvm.checkpoint.GuardedRun}. */
public interface CheckpointLibrary {
    CheckpointSummary run(CheckpointRequest request, CheckpointListener listener, Progress progress);

    GuardedResult guard(GuardedRequest request, GuardedCommand command, Progress progress);
}

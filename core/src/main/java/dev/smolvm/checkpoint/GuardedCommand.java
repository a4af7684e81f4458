package dev.smolvm.checkpoint;

import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.Guest;
import java.io.IOException;

/** Runs in a guest, from beginning to end. */
@FunctionalInterface
public interface GuardedCommand {
    ExecResult run(Guest guest) throws IOException;
}

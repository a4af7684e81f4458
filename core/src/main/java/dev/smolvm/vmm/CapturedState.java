package dev.smolvm.vmm;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What a capture wrote.
 *
 * @param memoryOffset where page 0 of the guest's memory lies in {@code memory}
 * @param memoryBytes size of the guest's memory
 * @param complete whether {@code memory} holds all of the memory; else its holes are pages that did not change
 * @param pause how long the guest stood still; zero if it was paused before or is left paused
 * @param form how the VMM gave the memory away
 */
public record CapturedState(
        Path deviceState,
        Path memory,
        long memoryOffset,
        long memoryBytes,
        boolean complete,
        Duration pause,
        MemoryForm form) {
    public CapturedState(
            Path deviceState, Path memory, long memoryOffset, long memoryBytes, boolean complete, Duration pause) {
        this(deviceState, memory, memoryOffset, memoryBytes, complete, pause, MemoryForm.MAPPED);
    }
}

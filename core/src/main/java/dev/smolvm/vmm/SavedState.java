package dev.smolvm.vmm;

import java.nio.file.Path;

/**
 * A saved machine state to start from.
 *
 * @param memory guest memory, page by page from {@code memoryOffset} on; mapped copy-on-write, never written
 */
public record SavedState(Path deviceState, Path memory, long memoryOffset) {}

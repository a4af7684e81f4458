package dev.smolvm.vmm;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A saved machine state to start from.
 *
 * @param memory guest memory, page by page from {@code memoryOffset} on; mapped copy-on-write, never written
 * @param overlay what replaces pages of it; none where the VMM cannot map that, see {@link VmmCapabilities#mapsOverlays}
 * @param workingSet a file beside the others that says which parts of the memory will be needed first; docs/format.md, working-set
 */
public record SavedState(
        Path deviceState, Path memory, long memoryOffset, MemoryOverlay overlay, Optional<Path> workingSet) {
    public SavedState(Path deviceState, Path memory, long memoryOffset, MemoryOverlay overlay) {
        this(deviceState, memory, memoryOffset, overlay, Optional.empty());
    }

    public SavedState(Path deviceState, Path memory, long memoryOffset) {
        this(deviceState, memory, memoryOffset, MemoryOverlay.NONE);
    }

    public SavedState withWorkingSet(Path list) {
        return new SavedState(deviceState, memory, memoryOffset, overlay, Optional.of(list));
    }

    /** What a VMM has to read for it, files and directories. */
    public List<Path> readable() {
        List<Path> readable = new ArrayList<>(List.of(memory.getParent(), deviceState.getParent()));
        readable.addAll(overlay.files());
        return readable;
    }
}

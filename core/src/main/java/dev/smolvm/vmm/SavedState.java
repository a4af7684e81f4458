package dev.smolvm.vmm;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A saved machine state to start from.
 *
 * @param memory guest memory, page by page from {@code memoryOffset} on; mapped copy-on-write, never written
 * @param overlay what replaces pages of it; none where the VMM cannot map that, see {@link VmmCapabilities#mapsOverlays}
 */
public record SavedState(Path deviceState, Path memory, long memoryOffset, MemoryOverlay overlay) {
    public SavedState(Path deviceState, Path memory, long memoryOffset) {
        this(deviceState, memory, memoryOffset, MemoryOverlay.NONE);
    }

    /** What a VMM has to read for it, files and directories. */
    public List<Path> readable() {
        List<Path> readable = new ArrayList<>(List.of(memory.getParent(), deviceState.getParent()));
        readable.addAll(overlay.files());
        return readable;
    }
}

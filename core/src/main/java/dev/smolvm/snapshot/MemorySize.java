package dev.smolvm.snapshot;

/**
 * How much of a guest's memory a snapshot holds.
 *
 * @param bytes the guest's memory
 * @param saved what is stored of it, at most {@code bytes}
 * @param complete whether the rest is zeros; else it is zeros, or as in the snapshot that this one is a diff to
 */
public record MemorySize(long bytes, long saved, boolean complete) {
    static MemorySize of(MemoryRecord memory) {
        // Beside the guest's memory the file has an index, or the state of a few devices.
        long saved = Math.min(memory.file().allocated(), memory.bytes());
        boolean complete =
                switch (memory) {
                    case MemoryRecord.Complete _ -> true;
                    case MemoryRecord.Changes changes -> changes.parent().isEmpty();
                };
        return new MemorySize(memory.bytes(), saved, complete);
    }

    /** What takes no room, in bytes. */
    public long skipped() {
        return bytes - saved;
    }
}

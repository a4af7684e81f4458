package dev.smolvm.inspect;

import java.util.List;
import java.util.Optional;

/**
 * What differs between two file systems.
 *
 * @param changes in the order of a walk, the names of a directory in byte order
 * @param compared how many names were looked at; 0 where both disks are the same layers
 */
public record TreeDiff(Side before, Side after, List<FileChange> changes, long compared) {
    public TreeDiff {
        changes = List.copyOf(changes);
    }

    public long count(FileChange.Change change) {
        return changes.stream().filter(c -> c.change() == change).count();
    }

    /** Sizes of the files that are there now, less sizes of those that were before: of changed, added and removed ones. */
    public long grownBytes() {
        long grown = 0;
        for (FileChange change : changes) {
            if (change.change() != FileChange.Change.UNREADABLE) {
                grown += bytes(change.after()) - bytes(change.before());
            }
        }
        return grown;
    }

    private static long bytes(Optional<FileChange.State> state) {
        return state.filter(s -> s.kind() == FileKind.FILE)
                .map(FileChange.State::bytes)
                .orElse(0L);
    }
}

package dev.smolvm.upkeep;

import java.util.List;

/**
 * What uses how much of the disk, in bytes as {@code du} counts them: allocated blocks, so holes take nothing. The parts add
 * up to the total, because each file is counted in one of them only.
 *
 * @param objects each image, template, sandbox and snapshot
 * @param images what images use, and whatever else uses it too
 * @param templates what their templates use beyond that
 * @param snapshots what snapshots use and no image does
 * @param sandboxes what only sandboxes use
 * @param unused files in {@code layers/} that nothing names
 * @param unfinished what running or dead commands build or remove
 * @param other tools, locks, what is not the store's
 * @param incomplete manifests that cannot be read: what they name counts as unused
 */
public record StoreUsage(
        List<Item> objects,
        long images,
        long templates,
        long snapshots,
        long sandboxes,
        long unused,
        long unfinished,
        long other,
        List<StoreObject> incomplete) {
    public StoreUsage {
        objects = List.copyOf(objects);
        incomplete = List.copyOf(incomplete);
    }

    /**
     * One object.
     *
     * @param ownBytes what would be freed if it alone were deleted
     * @param sharedBytes what others use too
     */
    public record Item(StoreObject object, long ownBytes, long sharedBytes) {}

    public long total() {
        return images + templates + snapshots + sandboxes + unused + unfinished + other;
    }
}

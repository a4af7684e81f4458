package dev.smolvm.upkeep;

import java.util.List;

/**
 * What a compaction did.
 *
 * @param changed the objects whose chains became shorter
 * @param skipped those that would have, and why not
 * @param freedBytes allocated for the old layers less what the new ones take
 */
public record CompactReport(List<Changed> changed, List<Skipped> skipped, long freedBytes) {
    public CompactReport {
        changed = List.copyOf(changed);
        skipped = List.copyOf(skipped);
    }

    /**
     * One object's disks, before and after.
     *
     * @param bytesBefore allocated for its layers, shared or not
     */
    public record Changed(StoreObject object, int layersBefore, int layersAfter, long bytesBefore, long bytesAfter) {}

    /**
     * An object whose layers were left as they are.
     *
     * @param next the command after which they can be merged; empty: they never can
     */
    public record Skipped(StoreObject object, String why, String next) {}
}

package dev.smolvm.cli.library;

import dev.smolvm.Progress;
import dev.smolvm.upkeep.CheckReport;
import dev.smolvm.upkeep.CheckRequest;
import dev.smolvm.upkeep.CompactReport;
import dev.smolvm.upkeep.CompactRequest;
import dev.smolvm.upkeep.StoreUsage;
import java.util.List;

/** As {@link dev.smolvm.upkeep.Upkeep}. */
public interface UpkeepLibrary {
    CheckReport check(CheckRequest request, Progress progress);

    StoreUsage usage();

    CompactRequest chainsOf(List<String> references, int longerThan);

    CompactReport compact(CompactRequest request, Progress progress);
}

package dev.smolvm.cli.fake;

import dev.smolvm.Progress;
import dev.smolvm.cli.library.UpkeepLibrary;
import dev.smolvm.store.SandboxName;
import dev.smolvm.upkeep.CheckReport;
import dev.smolvm.upkeep.CheckRequest;
import dev.smolvm.upkeep.CompactReport;
import dev.smolvm.upkeep.CompactRequest;
import dev.smolvm.upkeep.Finding;
import dev.smolvm.upkeep.StoreObject;
import dev.smolvm.upkeep.StoreUsage;
import java.util.ArrayList;
import java.util.List;

/** A store in which is wrong what a test says; remembers what was asked. */
public final class FakeUpkeep implements UpkeepLibrary {
    public static final StoreObject WEB = new StoreObject(StoreObject.Kind.SANDBOX, "web");

    public final List<Finding> findings = new ArrayList<>();
    public final List<CheckRequest> checked = new ArrayList<>();
    public final List<CompactRequest> compacted = new ArrayList<>();
    public List<CompactReport.Changed> changed = List.of(new CompactReport.Changed(WEB, 9, 2, 9 << 20, 4 << 20));

    @Override
    public CheckReport check(CheckRequest request, Progress progress) {
        checked.add(request);
        return new CheckReport(findings, 5, 3L << 20);
    }

    @Override
    public StoreUsage usage() {
        return new StoreUsage(
                List.of(new StoreUsage.Item(WEB, 1 << 20, 2 << 20)),
                2 << 20,
                3 << 20,
                0,
                1 << 20,
                0,
                0,
                4096,
                List.of());
    }

    @Override
    public CompactRequest chainsOf(List<String> references, int longerThan) {
        return new CompactRequest(references.stream().map(SandboxName::new).toList(), List.of(), longerThan);
    }

    @Override
    public CompactReport compact(CompactRequest request, Progress progress) {
        compacted.add(request);
        return new CompactReport(
                changed,
                List.of(new CompactReport.Skipped(
                        new StoreObject(StoreObject.Kind.SNAPSHOT, "clean"), "another command uses it", "")),
                5 << 20);
    }
}

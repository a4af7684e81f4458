package dev.smolvm.e2e;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * Runs the tests that hold for Firecracker where there is no Maven: {@code ContractRun [CLASS[#METHOD]…]}. Says each result as
 * it comes.
 */
public final class ContractRun {
    private static final List<String> CLASSES = List.of(
            "FirecrackerIT",
            "CrashIT",
            "RestoreIT",
            "SnapshotIT",
            "DiffIT",
            "ForkIT",
            "FreshnessIT",
            "ManifestIT",
            "NetworkIT");

    private ContractRun() {}

    public static void main(String[] names) {
        LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request()
                .filters(
                        EngineFilter.includeEngines("junit-jupiter"),
                        TagFilter.includeTags("(contract & !qemu) | firecracker"));
        for (String name : names.length == 0 ? CLASSES : List.of(names)) {
            String qualified = ContractRun.class.getPackageName() + "." + name;
            request.selectors(
                    name.contains("#")
                            ? DiscoverySelectors.selectMethod(qualified)
                            : DiscoverySelectors.selectClass(qualified));
        }
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        run(request.build(), summary);
        PrintWriter out = new PrintWriter(System.out);
        summary.getSummary().printFailuresTo(out, 15);
        long passed = summary.getSummary().getTestsSucceededCount();
        long failed = summary.getSummary().getTotalFailureCount();
        out.println(passed + " passed, " + failed + " failed");
        out.flush();
        System.exit(failed == 0 && passed > 0 ? 0 : 1);
    }

    private static void run(LauncherDiscoveryRequest request, SummaryGeneratingListener summary) {
        LauncherFactory.create().execute(request, summary, new TestExecutionListener() {
            private long start;

            @Override
            public void executionStarted(TestIdentifier test) {
                start = System.nanoTime();
            }

            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (test.isTest()) {
                    System.out.printf(
                            "%-10s %5d s  %s%n",
                            result.getStatus().name().toLowerCase(java.util.Locale.ROOT),
                            Duration.ofNanos(System.nanoTime() - start).toSeconds(),
                            Stream.of(test.getUniqueId().split("/"))
                                    .filter(part -> !part.startsWith("[engine"))
                                    .toList());
                    result.getThrowable().ifPresent(e -> System.out.println("           " + e));
                }
            }
        });
    }
}

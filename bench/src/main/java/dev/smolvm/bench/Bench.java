package dev.smolvm.bench;

import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.lab.Machine;
import dev.smolvm.bench.measure.Findings;
import dev.smolvm.bench.measure.Run;
import dev.smolvm.bench.measure.Scenario;
import dev.smolvm.bench.peer.Peers;
import dev.smolvm.bench.report.Reports;
import dev.smolvm.bench.scenario.Scenarios;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** {@code ./dev bench}: measures all that docs/benchmarks.md shows, or the scenarios that are named. */
public final class Bench {
    private static final int USAGE = 2;
    private static final int INTERRUPTED = 130;
    /** For an interrupted run to end its VMs. */
    private static final long PATIENCE_SECONDS = 120;

    private Bench() {}

    /**
     * Tables go to standard output, progress to standard error. Ends with 0, or 1 where something failed that should work
     * wherever smolvm does.
     *
     * @param arguments the checkout, the store, the revision of the sources, and the user's own
     */
    public static void main(String[] arguments) throws IOException {
        Path project = Path.of(arguments[0]);
        Path store = Path.of(arguments[1]);
        String revision = arguments[2];
        CountDownLatch closed = new CountDownLatch(1);
        try {
            Options options = Options.of(List.of(arguments).subList(3, arguments.length));
            List<Scenario> scenarios = options.choose(Scenarios.all(options.form()));
            if (options.list()) {
                scenarios.forEach(s -> System.out.printf("%-22s %s%n", s.name(), s.title()));
                return;
            }
            endVmsWhenInterrupted(closed);
            System.exit(run(options, scenarios, project, store, revision, closed) ? 0 : 1);
        } catch (IllegalArgumentException e) {
            System.err.println("error: " + e.getMessage());
            System.exit(USAGE);
        } catch (SmolVmException e) {
            System.err.println("error: " + e.getMessage() + (e.advice().isEmpty() ? "" : "\nhint: " + e.advice()));
            System.exit(e.kind().exitCode());
        } catch (InterruptedException e) {
            System.err.println("error: interrupted; its sandboxes are gone");
            System.exit(INTERRUPTED);
        }
    }

    /** Ctrl-C unwinds the run's own thread, which closes what it has open; the JVM waits for that. */
    private static void endVmsWhenInterrupted(CountDownLatch closed) {
        Thread run = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            run.interrupt();
            try {
                closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
    }

    private static boolean run(
            Options options, List<Scenario> scenarios, Path project, Path store, String revision, CountDownLatch closed)
            throws IOException, InterruptedException {
        try (Lab lab = Lab.open(project, store, options.form())) {
            Machine machine = Machine.here(store, revision);
            System.out.println(Reports.facts(machine));
            Findings findings = new Run(
                            lab, Peers.ALL, found -> System.out.println(Reports.table(found)), System.err::println)
                    .of(scenarios);
            if (options.out().isPresent()) {
                Reports.writeJson(options.out().get(), machine, findings);
            }
            if (options.page()) {
                Reports.writePage(project.resolve("docs"), machine, findings);
            }
            return !findings.failed();
        } finally {
            closed.countDown();
        }
    }
}

package dev.smolvm.bench.measure;

import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.peer.Peer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Measures scenarios, one after another; what fails in one is in its findings and does not end the others. */
public final class Run {
    private final Lab lab;
    private final List<Peer> peers;
    private final Consumer<Findings.OfScenario> done;
    private final Consumer<String> log;

    /**
     * @param done told of each scenario when it is over
     * @param log told what is being done
     */
    public Run(Lab lab, List<Peer> peers, Consumer<Findings.OfScenario> done, Consumer<String> log) {
        this.lab = lab;
        this.peers = List.copyOf(peers);
        this.done = done;
        this.log = log;
    }

    /** @throws InterruptedException the thread was interrupted; all contenders are closed */
    public Findings of(List<Scenario> scenarios) throws InterruptedException {
        Instant start = Instant.now();
        List<Findings.OfScenario> all = new ArrayList<>();
        for (Scenario scenario : scenarios) {
            Findings.OfScenario found = measure(scenario);
            all.add(found);
            done.accept(found);
        }
        return new Findings(lab.form(), start, Duration.between(start, Instant.now()), all);
    }

    private Findings.OfScenario measure(Scenario scenario) throws InterruptedException {
        log.accept(scenario.name() + ": " + scenario.title());
        long start = System.nanoTime();
        List<Entrant> entrants = entrants(scenario);
        try {
            for (Entrant entrant : entrants) {
                entrant.prepare();
            }
            Rounds rounds = scenario.rounds(lab.form());
            for (int i = 0; i < rounds.warmUp() + rounds.measured(); i++) {
                for (Entrant entrant : entrants) {
                    entrant.round(i >= rounds.warmUp());
                }
            }
        } finally {
            entrants.reversed().forEach(Entrant::close);
        }
        return new Findings.OfScenario(
                scenario.name(),
                scenario.title(),
                Duration.ofNanos(System.nanoTime() - start),
                entrants.stream().map(Entrant::findings).toList());
    }

    private List<Entrant> entrants(Scenario scenario) {
        List<Contender> contenders = new ArrayList<>(scenario.contenders(lab));
        for (Peer peer : peers) {
            peer.contender(scenario, lab).ifPresent(contenders::add);
        }
        return contenders.stream().map(Entrant::new).toList();
    }
}

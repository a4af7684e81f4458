package dev.smolvm.bench.measure;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/** What a run found out. */
public record Findings(Form form, Instant start, Duration took, List<OfScenario> scenarios) {
    public Findings {
        scenarios = List.copyOf(scenarios);
    }

    /** @param contenders as the scenario has them: ours first */
    public record OfScenario(String name, String title, Duration took, List<OfContender> contenders) {
        public OfScenario {
            contenders = List.copyOf(contenders);
        }

        /** Each once, in the order in which they were first recorded. */
        public List<Figure> figures() {
            return contenders.stream()
                    .flatMap(c -> c.measured().stream())
                    .map(Measured::figure)
                    .distinct()
                    .toList();
        }

        public Optional<Spread> ours(Figure figure) {
            return contenders.stream()
                    .filter(c -> c.role() == Role.OURS)
                    .findFirst()
                    .flatMap(c -> c.of(figure));
        }

        /** Our median as a multiple of another contender's; empty where one of the two is missing. */
        public OptionalDouble ratio(Figure figure, OfContender other) {
            Optional<Spread> ours = ours(figure);
            Optional<Spread> theirs = other.of(figure);
            return other.role() == Role.OURS
                            || ours.isEmpty()
                            || theirs.isEmpty()
                            || theirs.get().median() == 0
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(ours.get().median() / theirs.get().median());
        }
    }

    /** @param trouble what put it out; it may have measured something before */
    public record OfContender(String name, Role role, List<Measured> measured, Optional<Trouble> trouble) {
        public OfContender {
            measured = List.copyOf(measured);
        }

        public Optional<Spread> of(Figure figure) {
            return measured.stream()
                    .filter(m -> m.figure().equals(figure))
                    .map(Measured::spread)
                    .findFirst();
        }
    }

    public record Measured(Figure figure, Spread spread) {}

    /** Why a contender did not come to its end; the text is the error's own. */
    public sealed interface Trouble {
        String text();

        /** It has no means to run on this machine. */
        record CannotRunHere(String text) implements Trouble {}

        record Failed(String text) implements Trouble {}
    }

    /** That something failed which should work wherever smolvm does: anything but a peer. */
    public boolean failed() {
        return contenders()
                .anyMatch(c -> c.role() != Role.PEER
                        && c.trouble().filter(Trouble.Failed.class::isInstance).isPresent());
    }

    private Stream<OfContender> contenders() {
        return scenarios.stream().flatMap(s -> s.contenders().stream());
    }
}

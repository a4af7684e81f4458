package dev.smolvm.bench.measure;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A contender during a run: its samples, and what put it out. */
final class Entrant {
    private final Contender contender;
    private final Map<Figure, List<Double>> samples = new LinkedHashMap<>();
    private Optional<Findings.Trouble> trouble = Optional.empty();

    Entrant(Contender contender) {
        this.contender = contender;
    }

    /** Something that a contender does. */
    @FunctionalInterface
    private interface Step {
        void run() throws Exception;
    }

    void prepare() throws InterruptedException {
        attempt(contender::prepare);
    }

    void round(boolean measured) throws InterruptedException {
        if (trouble.isEmpty()) {
            attempt(() -> contender.round(measured ? this::record : Recorder.NOTHING));
        }
    }

    private void record(Figure figure, double value) {
        samples.computeIfAbsent(figure, _ -> new ArrayList<>()).add(value);
    }

    /** Also after an interruption: what it does then must not be interrupted again by the same one. */
    void close() {
        boolean interrupted = Thread.interrupted();
        try {
            contender.close();
        } catch (Exception e) {
            if (trouble.isEmpty()) {
                trouble = Optional.of(new Findings.Trouble.Failed("close: " + text(e)));
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void attempt(Step step) throws InterruptedException {
        try {
            step.run();
        } catch (CannotRunHereException e) {
            trouble = Optional.of(new Findings.Trouble.CannotRunHere(text(e)));
        } catch (Exception | LinkageError | AssertionError e) {
            if (isInterruption(e)) {
                throw (InterruptedException) new InterruptedException().initCause(e);
            }
            trouble = Optional.of(new Findings.Trouble.Failed(text(e)));
        }
    }

    private static boolean isInterruption(Throwable e) {
        return Thread.interrupted()
                || e instanceof InterruptedException
                || e instanceof SmolVmException known && known.kind() == ErrorKind.INTERRUPTED;
    }

    /** An error of ours says all in its message; another one's type says as much as its text. */
    private static String text(Throwable e) {
        boolean known = e instanceof SmolVmException || e instanceof CannotRunHereException;
        return known && e.getMessage() != null ? e.getMessage() : e.toString();
    }

    Findings.OfContender findings() {
        List<Findings.Measured> measured = new ArrayList<>();
        samples.forEach((figure, values) -> measured.add(new Findings.Measured(figure, Spread.of(values))));
        return new Findings.OfContender(contender.name(), contender.role(), measured, trouble);
    }
}

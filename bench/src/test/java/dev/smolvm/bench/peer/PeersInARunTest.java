package dev.smolvm.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.CannotRunHereException;
import dev.smolvm.bench.measure.Contender;
import dev.smolvm.bench.measure.Figure;
import dev.smolvm.bench.measure.Findings;
import dev.smolvm.bench.measure.Form;
import dev.smolvm.bench.measure.Participant;
import dev.smolvm.bench.measure.Recorder;
import dev.smolvm.bench.measure.Role;
import dev.smolvm.bench.measure.Rounds;
import dev.smolvm.bench.measure.Run;
import dev.smolvm.bench.measure.Scenario;
import dev.smolvm.os.ProcessesIn;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a program does that smolvm is compared with: it is reported, ends with the run, and the others are measured. */
@Timeout(120)
class PeersInARunTest {
    private static final Figure FIGURE = Figure.millis("answer");

    @TempDir
    Path directory;

    private record Answers(List<Contender> all) implements Scenario {
        @Override
        public String name() {
            return "answers";
        }

        @Override
        public String title() {
            return "Answers";
        }

        @Override
        public Rounds rounds(Form form) {
            return new Rounds(0, 2);
        }

        @Override
        public List<Contender> contenders(Lab lab) {
            return all;
        }
    }

    /** A shell script as another program. */
    private static final class Scripted extends Participant {
        private final Lab lab;
        private final List<String> command;
        private PeerProcess process;

        Scripted(Lab lab, String name, String... command) {
            super(name, Role.PEER);
            this.lab = lab;
            this.command = List.of(command);
        }

        @Override
        public void prepare() throws Exception {
            process = PeerProcess.start(name(), command, Map.of(), lab.directory(name()));
            try {
                process.ask("hello", Duration.ofSeconds(20));
            } catch (IOException e) {
                throw new CannotRunHereException(e.getMessage(), e);
            }
        }

        @Override
        public void round(Recorder recorder) throws Exception {
            long start = System.nanoTime();
            process.ask("do it", Duration.ofSeconds(2));
            recorder.since(start, FIGURE);
        }

        @Override
        public void close() throws IOException {
            if (process != null) {
                process.close();
            }
        }
    }

    @Test
    void oneThatIsMissingHangsOrFailsIsReportedAndTheOthersAreMeasured() throws Exception {
        try (Lab lab = Lab.open(directory, directory.resolve("store"), Form.QUICK)) {
            List<Peer> peers = Stream.of(
                            new Scripted(lab, "missing", "/nonexistent/peer"),
                            new Scripted(lab, "hangs", "sh", "-c", "trap '' TERM; read l; echo hi; sleep 600"),
                            new Scripted(
                                    lab, "fails", "sh", "-c", "read l; echo hi; read l; echo 'no KVM' >&2; exit 1"),
                            new Scripted(lab, "works", "cat"))
                    .<Peer>map(contender -> (scenario, _) -> Optional.of(contender))
                    .toList();
            Contender ours = Participant.of("smolvm", Role.OURS, recorder -> recorder.add(FIGURE, 1));
            Findings findings = new Run(lab, peers, _ -> {}, _ -> {}).of(List.of(new Answers(List.of(ours))));

            assertThat(findings.failed()).isFalse();
            assertThat(trouble(findings, "missing"))
                    .isInstanceOf(Findings.Trouble.CannotRunHere.class)
                    .extracting(Findings.Trouble::text)
                    .asString()
                    .startsWith("missing ended with exit status 127: ");
            assertThat(trouble(findings, "hangs").text()).contains("hangs did not answer within 2 s");
            assertThat(trouble(findings, "fails").text()).contains("fails ended with exit status 1: no KVM");
            assertThat(contender(findings, "works").of(FIGURE).orElseThrow().samples())
                    .hasSize(2);
            assertThat(contender(findings, "smolvm").of(FIGURE).orElseThrow().samples())
                    .hasSize(2);
            assertThat(ProcessesIn.directory(directory)).isEmpty();
        }
    }

    private static Findings.OfContender contender(Findings findings, String name) {
        return findings.scenarios().getFirst().contenders().stream()
                .filter(c -> c.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Findings.Trouble trouble(Findings findings, String name) {
        return contender(findings, name).trouble().orElseThrow();
    }
}

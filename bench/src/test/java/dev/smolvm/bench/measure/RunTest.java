package dev.smolvm.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.peer.Peer;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunTest {
    private static final Figure FIGURE = Figure.millis("something");

    @TempDir
    private Path directory;

    private Lab lab;
    /** What the contenders did, in order. */
    private final List<String> log = new ArrayList<>();

    @BeforeEach
    void open() throws Exception {
        lab = Lab.open(directory, directory.resolve("store"), Form.QUICK);
    }

    @AfterEach
    void close() throws Exception {
        lab.close();
    }

    private interface Action {
        void run() throws Exception;
    }

    /** Writes down what is done with it, and does it. */
    private Contender contender(String name, Role role, Action prepare, Participant.Body round, Action close) {
        return new Participant(name, role) {
            @Override
            public void prepare() throws Exception {
                log.add(name + " prepares");
                prepare.run();
            }

            @Override
            public void round(Recorder recorder) throws Exception {
                log.add(name + " rounds");
                round.run(recorder);
            }

            @Override
            public void close() throws Exception {
                log.add(name + " closes");
                close.run();
            }
        };
    }

    private Contender sound(String name, Role role, double value) {
        return contender(name, role, () -> {}, recorder -> recorder.add(FIGURE, value), () -> {});
    }

    private record Simple(String name, Rounds rounds, List<Contender> all) implements Scenario {
        @Override
        public String title() {
            return "Scenario " + name;
        }

        @Override
        public Rounds rounds(Form form) {
            return rounds;
        }

        @Override
        public List<Contender> contenders(Lab lab) {
            return all;
        }
    }

    private Findings run(List<Peer> peers, Scenario... scenarios) throws InterruptedException {
        return new Run(lab, peers, _ -> {}, _ -> {}).of(List.of(scenarios));
    }

    private static Scenario once(Contender... contenders) {
        return new Simple("once", new Rounds(0, 1), List.of(contenders));
    }

    @Test
    void contenders_take_turns_and_are_closed_in_reverse() throws Exception {
        run(
                List.of(),
                new Simple("turns", new Rounds(0, 2), List.of(sound("a", Role.OURS, 1), sound("b", Role.FLOOR, 1))));
        assertThat(log)
                .containsExactly(
                        "a prepares",
                        "b prepares",
                        "a rounds",
                        "b rounds",
                        "a rounds",
                        "b rounds",
                        "b closes",
                        "a closes");
    }

    @Test
    void rounds_that_warm_up_do_not_count() throws Exception {
        double[] next = {0};
        Contender rising = contender("a", Role.OURS, () -> {}, r -> r.add(FIGURE, next[0]++), () -> {});
        Findings found = run(List.of(), new Simple("warm", new Rounds(2, 3), List.of(rising)));
        assertThat(found.scenarios().getFirst().ours(FIGURE).orElseThrow().samples())
                .containsExactly(2.0, 3.0, 4.0);
    }

    @Test
    void ours_is_compared_with_each_other_by_the_medians() throws Exception {
        Findings.OfScenario found = run(List.of(), once(sound("a", Role.OURS, 6), sound("b", Role.FLOOR, 4)))
                .scenarios()
                .getFirst();
        assertThat(found.ratio(FIGURE, found.contenders().getLast())).hasValue(1.5);
        assertThat(found.ratio(FIGURE, found.contenders().getFirst())).isEmpty();
    }

    @Test
    void one_that_fails_is_out_with_its_error_and_the_others_go_on() throws Exception {
        Contender failing = contender(
                "a",
                Role.OURS,
                () -> {},
                recorder -> {
                    recorder.add(FIGURE, 1);
                    throw new IllegalStateException("the disk is on fire");
                },
                () -> {});
        Findings found = run(
                List.of(),
                new Simple("fails", new Rounds(0, 3), List.of(failing, sound("b", Role.FLOOR, 1))),
                once(sound("c", Role.OURS, 1)));
        Findings.OfContender out = found.scenarios().getFirst().contenders().getFirst();
        assertThat(out.trouble().orElseThrow())
                .isInstanceOf(Findings.Trouble.Failed.class)
                .extracting(Findings.Trouble::text)
                .asString()
                .contains("the disk is on fire");
        assertThat(out.of(FIGURE).orElseThrow().samples()).hasSize(1);
        assertThat(log).filteredOn("a rounds"::equals).hasSize(1);
        assertThat(log).filteredOn("b rounds"::equals).hasSize(3);
        assertThat(log).contains("a closes", "c rounds");
        assertThat(found.failed()).isTrue();
    }

    @Test
    void one_whose_preparation_fails_is_closed_and_takes_no_round() throws Exception {
        Contender failing = contender(
                "a",
                Role.FLOOR,
                () -> {
                    throw new IllegalStateException("no");
                },
                r -> r.add(FIGURE, 1),
                () -> {});
        run(List.of(), once(sound("b", Role.OURS, 1), failing));
        assertThat(log).contains("a closes").doesNotContain("a rounds");
    }

    @Test
    void a_peer_that_cannot_run_here_is_no_failure_and_says_why() throws Exception {
        Contender absent = contender(
                "virsh",
                Role.PEER,
                () -> {
                    throw new CannotRunHereException("libvirtd is not there");
                },
                r -> r.add(FIGURE, 1),
                () -> {});
        Findings found = run(List.of((_, _) -> Optional.of(absent)), once(sound("a", Role.OURS, 1)));
        Findings.OfContender peer = found.scenarios().getFirst().contenders().getLast();
        assertThat(peer.trouble()).contains(new Findings.Trouble.CannotRunHere("libvirtd is not there"));
        assertThat(peer.measured()).isEmpty();
        assertThat(found.failed()).isFalse();
    }

    @Test
    void what_does_not_close_is_reported() throws Exception {
        Contender stuck = contender("a", Role.OURS, () -> {}, r -> r.add(FIGURE, 1), () -> {
            throw new IllegalStateException("stuck");
        });
        assertThat(run(List.of(), once(stuck, sound("b", Role.FLOOR, 1))).failed())
                .isTrue();
        assertThat(log).contains("b closes");
    }

    @Test
    void an_interruption_ends_the_run_after_all_is_closed() {
        Contender interrupted = contender(
                "a",
                Role.OURS,
                () -> {},
                r -> {
                    throw new SmolVmException(ErrorKind.INTERRUPTED, "interrupted", "");
                },
                () -> {});
        assertThatExceptionOfType(InterruptedException.class)
                .isThrownBy(() -> run(List.of(), once(interrupted, sound("b", Role.FLOOR, 1)), once(interrupted)));
        assertThat(log).containsExactly("a prepares", "b prepares", "a rounds", "b closes", "a closes");
    }

    @Test
    void closing_is_not_disturbed_by_the_interruption_that_led_to_it() {
        boolean[] disturbed = {true};
        Contender interrupted = contender(
                "a",
                Role.OURS,
                () -> {},
                _ -> Thread.currentThread().interrupt(),
                () -> disturbed[0] = Thread.currentThread().isInterrupted());
        Contender late = contender("b", Role.FLOOR, () -> {}, _ -> Thread.sleep(1), () -> {});
        assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> run(List.of(), once(interrupted, late)));
        assertThat(disturbed[0]).isFalse();
    }
}

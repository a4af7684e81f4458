package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.fork.ForkRequest;
import dev.smolvm.fork.ForkResult;
import dev.smolvm.fork.ForkedCopy;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.GuestVariables;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.sandbox.PortForward;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.SandboxStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Forks of a sandbox that runs, on their way from one command to many machines. */
@ExtendWith(LabExtension.class)
@Tag("contract")
class ManyForksIT {
    private static final String ID_KEYS_AND_NAME = "cat /etc/machine-id; hostname";

    private final Lab lab;
    private final List<Box> forks = new ArrayList<>();

    ManyForksIT(Lab lab) {
        this.lab = lab;
    }

    @AfterEach
    void removeForks() {
        forks.forEach(fork -> lab.delete(fork.name()));
    }

    /** All must come up. */
    private List<Box> fork(Box source, int count, String names, Map<String, String> variables) {
        ForkResult result = lab.vm()
                .forks()
                .fork(
                        new ForkRequest(
                                source.name(),
                                count,
                                OptionalInt.empty(),
                                Optional.of(names),
                                new GuestVariables(variables),
                                Optional.empty()),
                        Progress.NONE);
        List<Box> made = new ArrayList<>();
        for (ForkedCopy copy : result.copies()) {
            made.add(new Box(lab.vm(), copy.name()));
        }
        forks.addAll(made);
        assertThat(result.failure()).isEmpty();
        return made;
    }

    @Test
    void have_their_index_and_variables_for_good() {
        Box source = lab.fresh();
        ProcessIdentity before = source.vmm();
        source.sh("echo shared > /run/memory");
        List<Box> made = fork(source, 3, "many-{}", Map.of("TOKEN", "two words\nand lines", "MODE", "fast"));

        assertThat(source.vmm()).isEqualTo(before);
        assertThat(source.sh("echo ${SMOLVM_FORK_INDEX-none}")).isEqualTo("none");
        for (int i = 0; i < 3; i++) {
            assertThat(made.get(i).sh("cat /run/memory; echo $SMOLVM_FORK_INDEX $MODE; printf '%s' \"$TOKEN\""))
                    .isEqualTo("shared\n" + (i + 1) + " fast\ntwo words\nand lines");
        }
        assertThat(made.stream().map(box -> box.sh(ID_KEYS_AND_NAME)))
                .doesNotHaveDuplicates()
                .doesNotContain(source.sh(ID_KEYS_AND_NAME));
        for (Box box : made) {
            assertThat(box.number("date +%s")).isCloseTo(Instant.now().getEpochSecond(), within(2L));
        }
        // Of the guest's files nobody but root reads it, and what a command is given itself goes first.
        assertThat(made.get(0).sh("stat -c %a:%u /var/lib/smolvm /var/lib/smolvm/variables"))
                .isEqualTo("700:0\n600:0");
        ExecRequest own = new ExecRequest(
                List.of("sh", "-c", "echo $MODE $SMOLVM_FORK_INDEX"),
                Map.of("MODE", "own"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        assertThat(made.get(0).exec(own).out()).isEqualTo("own 1\n");

        Box ofFork = fork(made.get(1), 1, "many-again", Map.of("MODE", "slow")).getFirst();
        assertThat(ofFork.sh("echo $SMOLVM_FORK_INDEX $MODE; printf '%s' \"$TOKEN\""))
                .isEqualTo("1 slow\ntwo words\nand lines");

        // Switched off without a word to the guest: what it was told is on its disk.
        String identity = made.get(2).sh(ID_KEYS_AND_NAME);
        lab.vm().sandboxes().stop(made.get(2).name(), true);
        lab.vm().sandboxes().start(made.get(2).name(), SandboxRequest.DEFAULT_BOOT_TIMEOUT, Progress.NONE);
        assertThat(made.get(2).sh("echo $SMOLVM_FORK_INDEX $MODE")).isEqualTo("3 fast");
        assertThat(made.get(2).sh(ID_KEYS_AND_NAME)).isEqualTo(identity);
    }

    @Test
    void share_what_the_source_had_in_memory_until_they_write() throws IOException {
        Box source = lab.fresh();
        source.sh("head -c 100000000 /dev/urandom > /dev/shm/filled");
        for (Box box : fork(source, 3, "many-{}", Map.of())) {
            assertThat(box.sh("echo up")).isEqualTo("up");
            assertThat(proportionalBytes(box.vmm())).as(box.name().value()).isLessThan(60L << 20);
        }
    }

    private static long proportionalBytes(ProcessIdentity process) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + process.pid() + "/smaps_rollup")).stream()
                .filter(line -> line.startsWith("Pss:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_paused_source_stays_paused_and_names_that_are_taken_touch_nothing() {
        Box source = lab.fresh();
        lab.vm().sandboxes().pause(source.name());
        assertThat(fork(source, 1, "many-1", Map.of()).getFirst().sh("echo $SMOLVM_FORK_INDEX"))
                .isEqualTo("1");
        assertThat(source.status()).isEqualTo(SandboxStatus.PAUSED);
        int snapshots = lab.vm().snapshots().list(Optional.empty()).size();
        Failures.of(ErrorKind.CONFLICT, () -> fork(source, 2, "many-{}", Map.of()));
        assertThat(lab.vm().snapshots().list(Optional.empty())).hasSize(snapshots);
        assertThat(lab.vm().sandboxes().list().stream().map(SandboxInfo::name))
                .containsExactly(source.name(), forks.getFirst().name());
    }

    @Test
    void connections_of_the_source_end_in_them_and_go_on_in_the_source() throws Exception {
        Box source = lab.fresh();
        source.sh("mkfifo /run/in");
        // Says who it is for each line it gets; and one more connection that never leaves the guest.
        source.background("while read line; do echo \"$line from $(hostname)\"; done < /run/in"
                + " | nc -l -p 7000 > /run/in; echo ended > /run/outside-ended");
        source.background("sleep 600 | nc -l -p 7001 > /run/heard");
        Box.await("both listen", () -> source.sh("netstat -ltn").matches("(?s).*:7000 .*:7001 .*|.*:7001 .*:7000 .*"));
        source.background("(echo first; while [ ! -e /run/say ]; do sleep 0.1; done; echo second) | nc 127.0.0.1 7001");
        PortForward port = lab.vm().sandboxes().expose(source.name(), OptionalInt.empty(), 7000);
        try (Socket socket = new Socket("127.0.0.1", port.hostPort())) {
            socket.setSoTimeout(20_000);
            assertThat(asked(socket, "one")).isEqualTo("one from lab");

            Box fork = fork(source, 1, "many-1", Map.of()).getFirst();

            Box.await("its end of the connection is gone", () -> fork.sh("cat /run/outside-ended || true")
                    .equals("ended"));
            assertThat(fork.sh("netstat -tn")).doesNotContain(":7000");
            fork.sh("touch /run/say");
            Box.await("what is in the guest goes on", () -> fork.sh("cat /run/heard")
                    .equals("first\nsecond"));
            assertThat(asked(socket, "two")).isEqualTo("two from lab");
            assertThat(source.sh("cat /run/heard; ls /run/outside-ended || true"))
                    .isEqualTo("first");
        } finally {
            lab.vm().sandboxes().unexpose(source.name(), port.hostPort());
        }
    }

    private static String asked(Socket socket, String question) throws IOException {
        socket.getOutputStream().write((question + "\n").getBytes(StandardCharsets.UTF_8));
        StringBuilder answer = new StringBuilder();
        for (int c = socket.getInputStream().read();
                c != '\n';
                c = socket.getInputStream().read()) {
            assertThat(c).as("the connection after '%s'", answer).isNotNegative();
            answer.append((char) c);
        }
        return answer.toString();
    }

    @Test
    void commands_that_run_in_the_source_neither_write_to_nor_hear_from_them() throws Exception {
        Box source = lab.fresh();
        PipedOutputStream typed = new PipedOutputStream();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (PipedInputStream stdin = new PipedInputStream(typed)) {
            CompletableFuture<Integer> session = CompletableFuture.supplyAsync(() -> {
                try (Guest guest = source.connect()) {
                    String loop = "(while :; do echo noise; done) & while read line; do echo \"heard $line\"; done;"
                            + " kill $!";
                    return guest.exec(ExecRequest.of("sh", "-c", loop), ExecIo.of(stdin, out, out))
                            .shellCode();
                }
            });
            Box.await("it runs", () -> out.toString(StandardCharsets.UTF_8).contains("noise"));

            Box fork = fork(source, 1, "many-1", Map.of()).getFirst();

            // On every port, of which one was in the middle of a frame.
            List<Guest> sessions = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Guest guest = fork.connect();
                sessions.add(guest);
                ByteArrayOutputStream first = new ByteArrayOutputStream();
                guest.exec(ExecRequest.of("echo", "first"), ExecIo.of(ExecIo.NO_INPUT, first, first));
                assertThat(first.toString(StandardCharsets.UTF_8)).isEqualTo("first\n");
            }
            sessions.forEach(Guest::close);
            Box.await("its copy of the command was hung up", () -> fork.sh("ps | grep -c '[n]oise' || true")
                    .equals("0"));
            typed.write("the end\n".getBytes(StandardCharsets.UTF_8));
            typed.close();
            assertThat(session.get(20, TimeUnit.SECONDS)).isZero();
            assertThat(out.toString(StandardCharsets.UTF_8)).contains("heard the end");
        }
    }
}

package dev.smolvm.guest.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.connect.GuestConnectors;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ManyProcessesTest {
    @TempDir
    Path directory;

    private static Process start(Path directory, int ports, int rounds, int seconds, String... options)
            throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(List.of(options));
        command.addAll(
                List.of(SessionProgram.class.getName(), directory.toString(), "" + ports, "" + rounds, "" + seconds));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static String output(Process process) throws Exception {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return output;
    }

    @Test
    void moreProcessesThanPortsTakeTurns() throws Exception {
        try (RealAgent agent = new RealAgent(directory, 2)) {
            List<Process> processes = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                processes.add(start(directory, 2, 20, 30));
            }
            for (Process process : processes) {
                assertThat(output(process)).isEqualTo("done\n");
            }
            assertThat(agent.isAlive()).isTrue();
        }
    }

    @Test
    void aPortThatThisProcessHoldsStaysHeldWhateverItsOtherThreadsTry() throws Exception {
        try (RealAgent agent = new RealAgent(directory, 1);
                Guest held = GuestConnectors.standard().connect(agent.address(), Duration.ofSeconds(10))) {
            assertThatThrownBy(() -> GuestConnectors.standard().connect(agent.address(), Duration.ofMillis(50)))
                    .isInstanceOf(SmolVmException.class);
            // POSIX would have dropped the lock, had the attempt opened and closed the file.
            assertThat(output(start(directory, 1, 1, 1))).contains("ports are in use");
            held.ping(Duration.ofSeconds(10));
        }
    }

    @Test
    void talkingToAnAgentLoadsNothingOfSshAndNoCostlyMachinery() throws Exception {
        try (RealAgent agent = new RealAgent(directory, 1)) {
            String output = output(start(directory, 1, 1, 30, "-Xlog:class+load:stdout"));
            assertThat(agent.isAlive()).isTrue();
            assertThat(output.contains("dev.smolvm.guest.agent.AgentGuest ")).isTrue();
            assertThat(output.lines()
                            .filter(line -> line.contains("org.apache.sshd")
                                    || line.contains("dev.smolvm.guest.ssh.")
                                    || line.contains("java.nio.channels.Selector ")
                                    || line.contains("java.lang.VirtualThread$VThreadContinuation ")))
                    .isEmpty();
        }
    }
}

package dev.smolvm.guest.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.CommandNotStartedException;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.TransferListener;
import dev.smolvm.guest.connect.GuestConnectors;
import dev.smolvm.guest.contract.GuestContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RealAgentContractTest extends GuestContract {
    private static final int PORTS = 4;

    @TempDir
    static Path directory;

    private static RealAgent agent;

    @BeforeAll
    static void start() throws Exception {
        agent = new RealAgent(directory, PORTS);
    }

    @AfterAll
    static void stop() throws Exception {
        boolean survived = agent.isAlive();
        agent.close();
        assertThat(survived).isTrue();
    }

    @Override
    protected Guest connect() {
        return GuestConnectors.standard().connect(agent.address(), SOON);
    }

    @Test
    void aCommandThatIsNotThereIsNotFound() {
        assertThatThrownBy(() -> guest.exec(ExecRequest.of("no-such-command"), ExecIo.none()))
                .isInstanceOfSatisfying(CommandNotStartedException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND);
                    assertThat(e.getMessage()).contains("no-such-command");
                    assertThat(e.advice()).isEqualTo("check the name and its permissions in the guest");
                });
        assertThat(shell("echo fine").stdout()).isEqualTo("fine\n");
    }

    @Test
    void aCommandIsNotStartedInADirectoryThatIsNotThere() {
        ExecRequest request = new ExecRequest(
                List.of("touch", directory.resolve("started").toString()),
                Map.of(),
                Optional.of("/nope"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        assertThatThrownBy(() -> guest.exec(request, ExecIo.none()))
                .isInstanceOfSatisfying(CommandNotStartedException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND);
                    assertThat(e).hasMessageEndingWith("it has no such working directory");
                    assertThat(e.advice()).contains("directory").contains("--workdir");
                });
        assertThat(directory.resolve("started")).doesNotExist();
    }

    @Test
    void aProcFileIsDownloadedThoughItsSizeIsZero() throws Exception {
        guest.download("/proc/version", local.resolve("version"), false, TransferListener.NONE);
        assertThat(local.resolve("version")).hasContent(Files.readString(Path.of("/proc/version")));
    }

    @Test
    void anOrderlyEndLeavesThePortClean() throws Exception {
        guest.close();
        assertThat(directory.resolve("agent-0.lock")).hasContent("clean");
        guest = connect();
        assertThat(directory.resolve("agent-0.lock")).hasContent("");
    }

    @Test
    void manySessionsAtOnceEachGetAPort() throws Exception {
        guest.close();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> all = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                int number = i;
                all.add(threads.submit(() -> {
                    try (Guest mine = connect()) {
                        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
                        mine.exec(
                                ExecRequest.of("echo", "hello " + number),
                                ExecIo.of(ExecIo.NO_INPUT, out, java.io.OutputStream.nullOutputStream()));
                        return out.toString(java.nio.charset.StandardCharsets.UTF_8);
                    }
                }));
            }
            for (int i = 0; i < all.size(); i++) {
                assertThat(all.get(i).get()).isEqualTo("hello " + i + "\n");
            }
        }
        guest = connect();
    }

    @Test
    void wherePortsAreAllTakenItIsAConflict() {
        List<Guest> others = new ArrayList<>();
        try {
            for (int i = 1; i < PORTS; i++) {
                others.add(connect());
            }
            assertThatThrownBy(() -> GuestConnectors.standard().connect(agent.address(), Duration.ofMillis(200)))
                    .isInstanceOfSatisfying(
                            SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT));
        } finally {
            others.forEach(Guest::close);
        }
    }

    @Test
    void aSessionAfterABrokenOneStartsAnew() throws Exception {
        for (int i = 0; i < 20; i++) {
            Thread caller = Thread.ofPlatform().start(() -> {
                try {
                    guest.exec(ExecRequest.of("yes"), ExecIo.none());
                } catch (SmolVmException e) {
                    assertThat(e.kind()).isEqualTo(ErrorKind.INTERRUPTED);
                }
            });
            Thread.sleep(20);
            caller.interrupt();
            caller.join();
            guest.close();
            guest = connect();
            assertThat(shell("echo fine").stdout()).isEqualTo("fine\n");
        }
    }
}

package dev.smolvm.guest.agent;

import static dev.smolvm.guest.agent.FakeAgent.join;
import static dev.smolvm.guest.agent.FakeAgent.number;
import static dev.smolvm.guest.agent.FakeAgent.shortText;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.Frozen;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.GuestVariables;
import dev.smolvm.guest.Rejuvenation;
import dev.smolvm.guest.TerminalSize;
import dev.smolvm.guest.Trimmed;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What goes over the wire, byte for byte, against a scripted agent. */
@Timeout(60)
class AgentProtocolTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    Path sockets;

    private interface Conversation {
        void run(Guest guest) throws Exception;
    }

    private void talk(FakeAgent.Script script, Conversation conversation) throws Exception {
        try (FakeAgent agent = new FakeAgent(sockets, peer -> {
            peer.greet();
            script.run(peer);
            peer.expect(19);
            peer.send(0x92);
        })) {
            try (Guest guest = agent.connect()) {
                conversation.run(guest);
            } catch (SmolVmException e) {
                agent.await();
                throw e;
            }
            agent.await();
        }
        assertThat(sockets.resolve("agent-0.lock")).hasContent("clean");
    }

    private static byte[] rest(FakeAgent.Frame frame) {
        byte[] bytes = new byte[frame.payload().remaining()];
        frame.payload().get(bytes);
        return bytes;
    }

    @Test
    void aNewOrDirtyPortIsResynchronisedAndACleanOneIsNot() throws Exception {
        for (String state : new String[] {"", "dirty", "clean!", "clean"}) {
            Files.writeString(sockets.resolve("agent-0.lock"), state);
            int zeros = state.equals("clean") ? 0 : 65_552;
            try (FakeAgent agent = new FakeAgent(sockets, peer -> {
                        assertThat(peer.read(zeros).array()).containsOnly(new byte[zeros == 0 ? 0 : 1]);
                        byte[] hello = peer.read(26).array();
                        assertThat(HexFormat.of().formatHex(hello, 0, 10)).isEqualTo("01000000120000000100");
                        peer.acknowledge(java.util.Arrays.copyOfRange(hello, 10, 26));
                        peer.expect(19);
                        peer.send(0x92);
                    });
                    Guest guest = agent.connect()) {
                // While a session lasts, its port says so.
                assertThat(sockets.resolve("agent-0.lock")).isEmptyFile();
                guest.close();
                agent.await();
                assertThat(sockets.resolve("agent-0.lock")).hasContent("clean");
            }
            Files.delete(sockets.resolve("agent-0.sock"));
        }
    }

    @Test
    void whatAnEarlierSessionLeftIsThrownAway() throws Exception {
        try (FakeAgent agent = new FakeAgent(sockets, peer -> {
            byte[] nonce = peer.readNonce();
            peer.raw(FakeAgent.bytes(0x84, new byte[60_000]));
            peer.acknowledge(new byte[16]);
            // The head of an acknowledgement right before the true one.
            peer.raw((byte) 0x81, (byte) 0, (byte) 0);
            peer.acknowledge(nonce);
            peer.expect(13);
            peer.send(0x90);
        })) {
            try (Guest guest = agent.connect()) {
                guest.sync(SOON);
            }
            agent.await();
        }
    }

    @Test
    void aLostGreetingIsRepeatedAndItsLateAcknowledgementIgnored() throws Exception {
        talk(
                peer -> {
                    // talk() has answered the repeated one; here the first is answered late.
                },
                guest -> {});
        Files.delete(sockets.resolve("agent-0.sock"));
        try (FakeAgent agent = new FakeAgent(sockets, peer -> {
            byte[] first = peer.readNonce();
            byte[] second = peer.readNonce();
            assertThat(second).isEqualTo(first);
            peer.acknowledge(first);
            peer.expect(13);
            peer.acknowledge(second);
            peer.send(0x90);
            peer.expect(19);
            peer.send(0x92);
        })) {
            try (Guest guest = agent.connect()) {
                guest.sync(SOON);
            }
            agent.await();
        }
    }

    @Test
    void anotherProtocolVersionIsIncompatible() throws Exception {
        try (FakeAgent agent = new FakeAgent(sockets, peer -> {
            byte[] nonce = peer.readNonce();
            peer.send(0x81, join(new byte[] {2, 0}, nonce, shortText("new")));
            Thread.sleep(30_000);
        })) {
            assertThatThrownBy(agent::connect).isInstanceOfSatisfying(SmolVmException.class, e -> assertThat(e.kind())
                    .isEqualTo(ErrorKind.INCOMPATIBLE));
        }
    }

    @Test
    void aCommandIsEncodedAsTheDocumentSays() throws Exception {
        ExecRequest request = new ExecRequest(
                List.of("a", "ü"),
                Map.of("K", "V"),
                Optional.of("/w"),
                Optional.of("u"),
                Optional.of(Duration.ofMillis(258)),
                Optional.of(new TerminalSize(24, 80)));
        talk(
                peer -> {
                    assertThat(HexFormat.of().formatHex(rest(peer.expect(3))))
                            .isEqualTo("01" + "1800" + "5000" + "02010000" + "0100000075" + "020000002f77" + "0200"
                                    + "0100000061" + "02000000c3bc" + "0100" + "030000004b3d56");
                    peer.send(0x83, number(7));
                    assertThat(rest(peer.expect(4))).isEqualTo("in".getBytes(StandardCharsets.UTF_8));
                    assertThat(rest(peer.expect(4))).isEmpty();
                    peer.send(0x84, (byte) 'o');
                    assertThat(rest(peer.expect(5))).containsExactly(15);
                    assertThat(rest(peer.expect(6))).containsExactly(1, 1, 2, 0);
                    peer.send(0x86, join(new byte[] {2}, number(0)));
                },
                guest -> {
                    AtomicReference<ExecIo.Controls> controls = new AtomicReference<>();
                    OutputStream stdout = new OutputStream() {
                        @Override
                        public void write(int b) throws IOException {
                            controls.get().signal(15);
                            controls.get().resize(new TerminalSize(257, 2));
                        }
                    };
                    InputStream stdin = new ByteArrayInputStream("in".getBytes(StandardCharsets.UTF_8));
                    assertThat(guest.exec(
                                    request, new ExecIo(stdin, stdout, OutputStream.nullOutputStream(), controls::set)))
                            .isEqualTo(new ExecResult.TimedOut());
                });
    }

    @Test
    void inputStaysWithinItsWindow() throws Exception {
        talk(
                peer -> {
                    peer.expect(3);
                    peer.send(0x83, number(7));
                    int received = 0;
                    while (received < 256 << 10) {
                        received += peer.expect(4).payload().remaining();
                    }
                    assertThat(received).isEqualTo(256 << 10);
                    assertThat(peer.nothingComesFor(200)).isTrue();
                    peer.send(0x87, number(1000));
                    assertThat(peer.expect(4).payload().remaining()).isEqualTo(1000);
                    peer.send(0x86, join(new byte[] {0}, number(0)));
                },
                guest -> guest.exec(
                        ExecRequest.of("x"),
                        ExecIo.of(
                                new ByteArrayInputStream(new byte[1 << 20]),
                                OutputStream.nullOutputStream(),
                                OutputStream.nullOutputStream())));
    }

    @Test
    void nothingAboutAnEndedCommandGoesToTheNext() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        CountDownLatch returned = new CountDownLatch(1);
        InputStream late = new InputStream() {
            @Override
            public int read() {
                reading.countDown();
                boolean waiting = true;
                while (waiting) {
                    try {
                        released.await();
                        waiting = false;
                    } catch (InterruptedException e) {
                        // As a terminal's read would: it goes on.
                        continue;
                    }
                }
                returned.countDown();
                return 'x';
            }
        };
        talk(
                peer -> {
                    for (int i = 0; i < 2; i++) {
                        peer.expect(3);
                        peer.send(0x83, number(7));
                        reading.await();
                        peer.send(0x86, join(new byte[] {0}, number(0)));
                    }
                },
                guest -> {
                    AtomicReference<ExecIo.Controls> controls = new AtomicReference<>();
                    OutputStream none = OutputStream.nullOutputStream();
                    guest.exec(ExecRequest.of("x"), new ExecIo(late, none, none, controls::set));
                    released.countDown();
                    assertThat(returned.await(10, TimeUnit.SECONDS)).isTrue();
                    controls.get().signal(9);
                    Thread.sleep(100);
                    // No input of its own, whose end would be the next frame.
                    guest.exec(
                            ExecRequest.of("x"),
                            ExecIo.of(
                                    new InputStream() {
                                        @Override
                                        public int read() {
                                            try {
                                                Thread.sleep(30_000);
                                            } catch (InterruptedException e) {
                                                return 'x';
                                            }
                                            return 'x';
                                        }
                                    },
                                    none,
                                    none));
                });
    }

    @Test
    void freezingAndThawing() throws Exception {
        talk(
                peer -> {
                    assertThat(rest(peer.expect(14))).containsExactly(0x88, 0x13, 0, 0);
                    peer.send(0x90, (byte) 2, (byte) 0, (byte) 1, (byte) 0);
                    peer.expect(15);
                    peer.send(0x90);
                },
                guest -> {
                    Frozen frozen = guest.freeze(Duration.ofSeconds(5), SOON);
                    assertThat(frozen.frozen()).isEqualTo(2);
                    assertThat(frozen.flushed()).isEqualTo(1);
                    frozen.close();
                    frozen.close();
                });
    }

    @Test
    void aFreezeThatIsHeldElsewhereIsAConflict() throws Exception {
        talk(
                peer -> {
                    peer.expect(14);
                    peer.send(0x91, join(number(16), shortText("freeze: Device or resource busy")));
                },
                guest -> assertThatThrownBy(() -> guest.freeze(SOON, SOON))
                        .isInstanceOfSatisfying(
                                SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT)));
    }

    @Test
    void trimmingTellsWhatIsUntouchedAndHearsWhatWasDroppedAndCleared() throws Exception {
        talk(
                peer -> {
                    assertThat(rest(peer.expect(21))).containsExactly(0, 0, 0, 0x40, 0, 0, 0, 0, 0xD0, 0x07, 0, 0);
                    peer.send(0x90, join(number(5 << 20), number(0), number(7 << 20), number(1)));
                },
                guest -> assertThat(guest.trim(1 << 30, Duration.ofSeconds(2)))
                        .isEqualTo(new Trimmed(5 << 20, (1L << 32) + (7 << 20))));
    }

    @Test
    void anAmountThatNoMachineHasBreaksTheProtocol() throws Exception {
        SmolVmException failed =
                failureOfTrimming(peer -> peer.send(0x90, join(number(-1), number(-1), number(0), number(0))));
        assertThat(failed.kind()).isEqualTo(ErrorKind.INTEGRITY);
    }

    @Test
    void anAgentFromBeforeThereWasTrimmingIsIncompatible() throws Exception {
        SmolVmException failed =
                failureOfTrimming(peer -> peer.send(0x91, join(number(71), shortText("no such request"))));
        assertThat(failed.kind()).isEqualTo(ErrorKind.INCOMPATIBLE);
        assertThat(failed.advice()).contains("image build --replace");
    }

    /** The session ends with it. */
    private SmolVmException failureOfTrimming(FakeAgent.Script answer) throws Exception {
        try (FakeAgent agent = new FakeAgent(sockets, peer -> {
                    peer.greet();
                    peer.expect(21);
                    answer.run(peer);
                });
                Guest guest = agent.connect()) {
            return catchThrowableOfType(SmolVmException.class, () -> guest.trim(0, SOON));
        }
    }

    @Test
    void rejuvenationSendsTheTimeAndFreshRandomness() throws Exception {
        AtomicReference<String> first = new AtomicReference<>();
        FakeAgent.Script one = peer -> {
            ByteBuffer payload = peer.expect(16).payload();
            Instant sent = Instant.ofEpochSecond(payload.getLong(), payload.getInt());
            assertThat(Duration.between(sent, Instant.now()).abs()).isLessThan(Duration.ofSeconds(1));
            byte[] texts = new byte[4 + 4 + 32];
            payload.get(texts);
            assertThat(texts).isEqualTo(join(shortText("host"), shortText("0".repeat(32))));
            assertThat(payload.get()).isEqualTo((byte) 1);
            assertThat(payload.getShort()).isEqualTo((short) 64);
            byte[] entropy = new byte[64];
            payload.get(entropy);
            assertThat(payload.hasRemaining()).isFalse();
            assertThat(HexFormat.of().formatHex(entropy))
                    .isNotEqualTo(first.getAndSet(HexFormat.of().formatHex(entropy)));
            peer.send(0x90);
        };
        talk(
                peer -> {
                    one.run(peer);
                    one.run(peer);
                },
                guest -> {
                    Rejuvenation fork = Rejuvenation.fork("host", "0".repeat(32), GuestVariables.NONE);
                    guest.rejuvenate(fork, SOON);
                    guest.rejuvenate(fork, SOON);
                });
    }

    @Test
    void rejuvenationBringsVariablesOnlyWhereThereAreSome() throws Exception {
        talk(
                peer -> {
                    ByteBuffer payload = peer.expect(16).payload();
                    payload.position(8 + 4 + 2 + 4 + 2 + 32);
                    assertThat(payload.get()).isEqualTo((byte) 3);
                    payload.position(payload.position() + 2 + 64);
                    byte[] variables = new byte[payload.remaining()];
                    payload.get(variables);
                    assertThat(variables)
                            .isEqualTo(
                                    join(new byte[] {1, 0}, number(5), "A=\u00e9b".getBytes(StandardCharsets.UTF_8)));
                    peer.send(0x90);
                },
                guest -> guest.rejuvenate(
                        Rejuvenation.fork("host", "0".repeat(32), GuestVariables.NONE.with("A", "\u00e9b")), SOON));
    }

    @Test
    void anAgentThatTakesNoVariablesIsIncompatible() throws Exception {
        try (FakeAgent agent = new FakeAgent(sockets, peer -> {
            peer.greet();
            peer.expect(16);
            peer.send(0x91, join(number(71), shortText("REJUVENATE")));
        })) {
            try (Guest guest = agent.connect()) {
                assertThatThrownBy(() -> guest.rejuvenate(
                                Rejuvenation.fork("host", "0".repeat(32), GuestVariables.NONE.with("A", "secret")),
                                SOON))
                        .isInstanceOfSatisfying(SmolVmException.class, e -> {
                            assertThat(e.kind()).isEqualTo(ErrorKind.INCOMPATIBLE);
                            assertThat(e.getMessage()).doesNotContain("secret");
                        });
            }
            agent.await();
        }
    }

    @Test
    void rejuvenationBringsAnAddressAndASizeOnlyWhereThereIsOne() throws Exception {
        talk(
                peer -> {
                    ByteBuffer payload = peer.expect(16).payload();
                    payload.position(8 + 4 + 2 + 4 + 2 + 32);
                    assertThat(payload.get()).isEqualTo((byte) 13);
                    payload.position(payload.position() + 2 + 64);
                    byte[] machine = new byte[payload.remaining()];
                    payload.get(machine);
                    assertThat(machine).isEqualTo(new byte[] {0x52, 0x54, 0, 1, 2, 3, 0, 0, 0, 0x40, 1, 0, 0, 0});
                    peer.send(0x90);
                },
                guest -> guest.rejuvenate(
                        Rejuvenation.fork("host", "0".repeat(32), GuestVariables.NONE)
                                .on(Optional.of("52:54:00:01:02:03"), OptionalLong.of((1L << 32) + (1L << 30))),
                        SOON));
    }

    @Test
    void anAgentThatTakesNeitherAddressNorSizeIsIncompatible() throws Exception {
        try (FakeAgent agent = new FakeAgent(sockets, peer -> {
            peer.greet();
            peer.expect(16);
            peer.send(0x91, join(number(71), shortText("REJUVENATE")));
        })) {
            try (Guest guest = agent.connect()) {
                assertThatThrownBy(() -> guest.rejuvenate(
                                Rejuvenation.fork("host", "0".repeat(32), GuestVariables.NONE)
                                        .on(Optional.of("52:54:00:01:02:03"), OptionalLong.empty()),
                                SOON))
                        .isInstanceOfSatisfying(
                                SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INCOMPATIBLE));
            }
            agent.await();
        }
    }

    @Test
    void mountAndShutdownAreEncodedAsTheDocumentSays() throws Exception {
        talk(
                peer -> {
                    assertThat(rest(peer.expect(18)))
                            .isEqualTo(join(
                                    shortText("d1"),
                                    number(2),
                                    "/m".getBytes(StandardCharsets.UTF_8),
                                    shortText("ext4"),
                                    new byte[] {1}));
                    peer.send(0x90);
                    assertThat(rest(peer.expect(17))).containsExactly(1);
                    peer.send(0x90);
                },
                guest -> {
                    guest.mount("d1", "/m", "ext4", true, SOON);
                    guest.shutdown(true, SOON);
                });
    }

    @Test
    void aTextThatCannotBeSentIsRefusedAndTheSessionGoesOn() throws Exception {
        talk(
                peer -> {
                    peer.expect(13);
                    peer.send(0x90);
                },
                guest -> {
                    for (String bad : new String[] {"a\0b", "\uD800", "x".repeat(70_000)}) {
                        assertThatThrownBy(() -> guest.exec(ExecRequest.of("x", bad), ExecIo.none()))
                                .isInstanceOfSatisfying(SmolVmException.class, e -> assertThat(e.kind())
                                        .isEqualTo(ErrorKind.USAGE));
                    }
                    guest.sync(SOON);
                });
    }

    @Test
    void aStreamOfTheCallersThatFailsHangsTheCommandUp() throws Exception {
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        InputStream unreadable = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("bad medium");
            }
        };
        for (ExecIo io : List.of(
                ExecIo.of(ExecIo.NO_INPUT, broken, broken),
                ExecIo.of(unreadable, OutputStream.nullOutputStream(), OutputStream.nullOutputStream()))) {
            try (FakeAgent agent = new FakeAgent(sockets, peer -> {
                        peer.greet();
                        peer.expect(3);
                        // At once, since the session may be gone after the first of them.
                        peer.raw(join(FakeAgent.bytes(0x83, number(7)), FakeAgent.bytes(0x84, (byte) 'x')));
                        assertThatThrownBy(() -> peer.read(100)).isInstanceOf(IOException.class);
                    });
                    Guest guest = agent.connect()) {
                assertThatThrownBy(() -> guest.exec(ExecRequest.of("x"), io))
                        .isInstanceOfSatisfying(SmolVmException.class, e -> {
                            assertThat(e.kind()).isEqualTo(ErrorKind.UNEXPECTED);
                            assertThat(e.getMessage())
                                    .containsAnyOf("output cannot be written", "input cannot be read");
                        });
                agent.await();
            }
            Files.delete(sockets.resolve("agent-0.sock"));
        }
    }

    @Test
    void aSocketThatAppearsLateIsWaitedFor() throws Exception {
        Thread later = Thread.ofPlatform().start(() -> {
            try {
                Thread.sleep(300);
                try (FakeAgent agent = new FakeAgent(sockets, peer -> {
                    peer.greet();
                    peer.expect(19);
                    peer.send(0x92);
                })) {
                    agent.await();
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        dev.smolvm.guest.connect.GuestConnectors.standard()
                .connect(new dev.smolvm.guest.GuestAddress.VirtioSerial(sockets, 1), SOON)
                .close();
        later.join();
    }

    @Test
    void aSocketThatNeverAppearsIsGivenUpAtTheDeadline() {
        assertThatThrownBy(() -> dev.smolvm.guest.connect.GuestConnectors.standard()
                        .connect(new dev.smolvm.guest.GuestAddress.VirtioSerial(sockets, 2), Duration.ofMillis(200)))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.GUEST_UNRESPONSIVE));
    }
}

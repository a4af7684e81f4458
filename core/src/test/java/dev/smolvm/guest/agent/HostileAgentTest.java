package dev.smolvm.guest.agent;

import static dev.smolvm.guest.agent.FakeAgent.join;
import static dev.smolvm.guest.agent.FakeAgent.number;
import static dev.smolvm.guest.agent.FakeAgent.shortText;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.TransferListener;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest that wants to do harm (F22); core/pom.xml runs this with a heap of 64 MB. */
@Tag("small-heap")
@Timeout(60)
@Fault(Case.F22)
class HostileAgentTest {
    private static final Duration SHORT = Duration.ofMillis(400);
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    Path sockets;

    @TempDir
    Path work;

    @BeforeEach
    void theHeapIsSmall() {
        assertThat(Runtime.getRuntime().maxMemory()).isLessThanOrEqualTo(64L << 20);
    }

    /** After the greeting the guest answers a request like this; the request must fail with this kind, and soon. */
    private SmolVmException fails(FakeAgent.Script answer, Consumer<Guest> request, ErrorKind kind) throws Exception {
        long start = System.nanoTime();
        SmolVmException failure;
        try (FakeAgent agent = new FakeAgent(sockets, peer -> {
                    peer.greet();
                    peer.frame();
                    answer.run(peer);
                    peer.read(1);
                });
                Guest guest = agent.connect()) {
            failure = catchThrowableOfType(SmolVmException.class, () -> request.accept(guest));
            assertThat(failure).isNotNull();
            assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(kind);
            // The session is over: nothing more is believed.
            assertThatThrownBy(() -> guest.ping(SHORT)).isInstanceOf(SmolVmException.class);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        assertThat(sockets.resolve("agent-0.lock")).isEmptyFile();
        return failure;
    }

    private SmolVmException pingFails(FakeAgent.Script answer, ErrorKind kind) throws Exception {
        return fails(answer, guest -> guest.ping(SHORT), kind);
    }

    @Test
    void aFrameOfFourGigabytes() throws Exception {
        pingFails(peer -> peer.raw(join(number(0x82), number(-1))), ErrorKind.INTEGRITY);
    }

    @Test
    void aFrameOneByteTooLong() throws Exception {
        pingFails(peer -> peer.raw(join(number(0x84), number(65_537))), ErrorKind.INTEGRITY);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x01, 0x7F, 0x80, 0x8C, 0x8F, 0x93, 0xFF, 0x182, 0x82000082})
    void anUnknownTypeOrHeader(int header) throws Exception {
        pingFails(peer -> peer.raw(join(number(header), number(0))), ErrorKind.INTEGRITY);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x81, 0x83, 0x84, 0x87, 0x89, 0x8A, 0x8B, 0x90, 0x92})
    void anAnswerToAnotherQuestion(int type) throws Exception {
        pingFails(peer -> peer.send(type), ErrorKind.INTEGRITY);
        assertThat(Files.deleteIfExists(sockets.resolve("agent-0.sock"))).isTrue();
        fails(peer -> peer.send(type), guest -> guest.exec(ExecRequest.of("x"), ExecIo.none()), ErrorKind.INTEGRITY);
    }

    @Test
    void anAcknowledgementOfAGreetingThatWasNotSent() throws Exception {
        byte[] nonce = new byte[16];
        nonce[15] = 1;
        pingFails(peer -> peer.acknowledge(nonce), ErrorKind.INTEGRITY);
    }

    @Test
    void anAgentThatBeganAnewEndsTheRequest() throws Exception {
        assertThat(pingFails(peer -> peer.acknowledge(new byte[16]), ErrorKind.GUEST_UNRESPONSIVE))
                .hasMessageContaining("the guest restarted");
    }

    @Test
    void anAnswerThatDripsCannotExtendTheDeadline() throws Exception {
        pingFails(peer -> drip(peer, FakeAgent.bytes(0x84, new byte[60_000])), ErrorKind.GUEST_UNRESPONSIVE);
    }

    @Test
    void drippedOrFloodingNopsCannotEither() throws Exception {
        pingFails(peer -> drip(peer, new byte[60_000]), ErrorKind.GUEST_UNRESPONSIVE);
        assertThat(Files.deleteIfExists(sockets.resolve("agent-0.sock"))).isTrue();
        pingFails(peer -> flood(peer, new byte[1 << 16]), ErrorKind.GUEST_UNRESPONSIVE);
    }

    private static void drip(FakeAgent.Peer peer, byte[] bytes) throws Exception {
        for (byte b : bytes) {
            peer.raw(b);
            Thread.sleep(10);
        }
    }

    private static void flood(FakeAgent.Peer peer, byte[] bytes) throws IOException {
        while (true) {
            peer.raw(bytes);
        }
    }

    @Test
    void aTextThatIsNotUtf8() throws Exception {
        byte[] bad = {2, 0, (byte) 0xC3, (byte) 0x28};
        pingFails(peer -> peer.send(0x91, join(number(2), bad)), ErrorKind.INTEGRITY);
    }

    @Test
    void aTextThatIsLongerThanItsFrame() throws Exception {
        pingFails(peer -> peer.send(0x91, join(number(2), new byte[] {-1, -1, 'x'})), ErrorKind.INTEGRITY);
    }

    @Test
    void anErrorsTextCannotDriveTheTerminal() throws Exception {
        try (FakeAgent agent = new FakeAgent(sockets, peer -> {
                    peer.greet();
                    peer.frame();
                    peer.send(
                            0x91,
                            join(number(2), shortText("\u001b]0;title\u0007\r\nfake: ok\u202e" + "x".repeat(9999))));
                    peer.expect(19);
                    peer.send(0x92);
                });
                Guest guest = agent.connect()) {
            SmolVmException failure = catchThrowableOfType(SmolVmException.class, () -> guest.sync(LONG));
            assertThat(failure.kind()).isEqualTo(ErrorKind.NOT_FOUND);
            assertThat(failure.getMessage()).hasSizeLessThan(500).doesNotContainPattern("[\\p{Cntrl}\u202e]");
        }
    }

    @Test
    void aConnectionClosedInTheMiddleOfAFrame() throws Exception {
        pingFails(
                peer -> {
                    peer.raw(join(number(0x82), number(20), new byte[5]));
                    peer.socket.close();
                },
                ErrorKind.GUEST_UNRESPONSIVE);
    }

    @Test
    void aClockThatNoClockShows() throws Exception {
        byte[] payload = new byte[20];
        java.util.Arrays.fill(payload, (byte) 0x7F);
        pingFails(peer -> peer.send(0x82, payload), ErrorKind.INTEGRITY);
    }

    @Test
    void aGreetingThatIsNeverAnswered() throws Exception {
        try (FakeAgent agent = new FakeAgent(sockets, peer -> Thread.sleep(30_000))) {
            connectFails(agent, SHORT, ErrorKind.GUEST_UNRESPONSIVE);
        }
    }

    @Test
    void endlessGarbageInsteadOfAnAcknowledgement() throws Exception {
        try (FakeAgent agent = new FakeAgent(sockets, peer -> flood(peer, new byte[] {1, (byte) 0x81, 0, 0, 0, 5}))) {
            connectFails(agent, LONG, ErrorKind.INTEGRITY);
        }
    }

    @Test
    void garbageThatDripsInsteadOfAnAcknowledgement() throws Exception {
        byte[] garbage = new byte[60_000];
        java.util.Arrays.fill(garbage, (byte) 0x81);
        try (FakeAgent agent = new FakeAgent(sockets, peer -> drip(peer, garbage))) {
            connectFails(agent, SHORT, ErrorKind.GUEST_UNRESPONSIVE);
        }
    }

    private static void connectFails(FakeAgent agent, Duration deadline, ErrorKind kind) {
        long start = System.nanoTime();
        assertThatThrownBy(() -> agent.connect(deadline))
                .isInstanceOfSatisfying(
                        SmolVmException.class,
                        e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void endlessOutputUsesNoMemory() throws Exception {
        byte[] output = FakeAgent.bytes(0x84, new byte[65_536]);
        AtomicLong bytes = new AtomicLong();
        try (FakeAgent agent = new FakeAgent(sockets, peer -> {
                    peer.greet();
                    peer.expect(3);
                    peer.send(0x83, number(1));
                    for (int i = 0; i < 8_000; i++) {
                        peer.raw(output);
                    }
                    peer.send(0x86, join(new byte[] {0}, number(0)));
                });
                Guest guest = agent.connect()) {
            ExecResult result = guest.exec(
                    ExecRequest.of("yes"),
                    ExecIo.of(
                            ExecIo.NO_INPUT,
                            new OutputStream() {
                                @Override
                                public void write(int b) {
                                    bytes.incrementAndGet();
                                }

                                @Override
                                public void write(byte[] from, int offset, int length) {
                                    bytes.addAndGet(length);
                                }
                            },
                            OutputStream.nullOutputStream()));
            assertThat(result).isEqualTo(new ExecResult.Exited(0));
            assertThat(bytes).hasValue(8_000L * 65_536);
        }
    }

    @Test
    void endlessWindowsUseNoMemory() throws Exception {
        byte[] window = FakeAgent.bytes(0x87, number(-1));
        byte[] many = join(java.util.Collections.nCopies(1000, window).toArray(byte[][]::new));
        try (FakeAgent agent = new FakeAgent(sockets, peer -> {
                    peer.greet();
                    peer.expect(3);
                    peer.send(0x83, number(1));
                    for (int i = 0; i < 1000; i++) {
                        peer.raw(many);
                    }
                    peer.send(0x86, join(new byte[] {1}, number(9)));
                });
                Guest guest = agent.connect()) {
            assertThat(guest.exec(ExecRequest.of("x"), ExecIo.none())).isEqualTo(new ExecResult.Killed(9));
        }
    }

    @Test
    void aGuestThatStopsReadingItsInputDoesNotHoldTheEnd() throws Exception {
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 'y';
            }
        };
        try (FakeAgent agent = new FakeAgent(sockets, peer -> {
                    peer.greet();
                    peer.expect(3);
                    peer.send(0x83, number(1));
                    peer.send(0x87, number(-1));
                    Thread.sleep(1000);
                    peer.send(0x86, join(new byte[] {0}, number(3)));
                    Thread.sleep(30_000);
                });
                Guest guest = agent.connect()) {
            long start = System.nanoTime();
            assertThat(guest.exec(
                            ExecRequest.of("x"),
                            ExecIo.of(endless, OutputStream.nullOutputStream(), OutputStream.nullOutputStream())))
                    .isEqualTo(new ExecResult.Exited(3));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
            assertThatThrownBy(() -> guest.ping(SHORT)).isInstanceOf(SmolVmException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../x",
                "..",
                ".",
                "a/../../x",
                "/etc/x",
                "a//x",
                "a/",
                "/",
                "./x",
                "a/./x",
                "a/..",
                "x\0y",
                "b/x",
                "link/x",
                "link/../../x"
            })
    void aNameThatLeadsOutOfTheTarget(String name) throws Exception {
        Path outside = Files.createDirectory(work.resolve("outside"));
        Path target = work.resolve("target");
        downloadFails(target, peer -> {
            peer.directory("");
            peer.directory("a");
            peer.link("link", outside.toString());
            peer.file(name, "evil");
        });
        assertThat(outside).isEmptyDirectory();
        assertThat(target).doesNotExist();
        assertThat(work).isDirectoryNotContaining("glob:**/.smolvm*");
        assertThat(work).isDirectoryNotContaining("glob:**/x");
    }

    private void downloadFails(Path target, FakeAgent.Script answer) throws Exception {
        fails(answer, guest -> download(guest, target), ErrorKind.INTEGRITY);
    }

    private static void download(Guest guest, Path target) {
        try {
            guest.download("/tree", target, true, TransferListener.NONE);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Fault({Case.F22, Case.F24})
    @Test
    void aDirectoryThatTurnsIntoALinkIsNotWrittenThrough() throws Exception {
        Path outside = Files.createDirectory(work.resolve("outside"));
        fails(
                peer -> {
                    peer.directory("");
                    peer.directory("d");
                    peer.link("d", outside.toString());
                    peer.directory("d");
                    peer.file("d/x", "evil");
                },
                guest -> download(guest, work.resolve("target")),
                ErrorKind.CONFLICT);
        assertThat(outside).isEmptyDirectory();
    }

    @Fault({Case.F22, Case.F24})
    @Test
    void aLinkThatTurnsIntoADirectoryIsNotWrittenThrough() throws Exception {
        Path outside = Files.createDirectory(work.resolve("outside"));
        fails(
                peer -> {
                    peer.directory("");
                    peer.link("d", outside.toString());
                    peer.directory("d");
                    peer.file("d/x", "evil");
                },
                guest -> download(guest, work.resolve("target")),
                ErrorKind.CONFLICT);
        assertThat(outside).isEmptyDirectory();
    }

    @Test
    void treesThatAreNone() throws Exception {
        List<FakeAgent.Script> wrong = List.of(
                peer -> peer.send(0x8B),
                peer -> peer.file("x", "no root"),
                peer -> peer.link("", "/etc"),
                peer -> {
                    peer.directory("");
                    peer.directory("");
                },
                peer -> {
                    peer.directory("");
                    peer.link("l", "");
                },
                peer -> {
                    peer.directory("");
                    peer.send(0x89, (byte) 1);
                },
                peer -> {
                    peer.entry(1, 0755, 0, "", "");
                    peer.send(0x89, (byte) 1);
                },
                peer -> {
                    peer.entry(0, 0644, 5, "", "");
                    peer.send(0x89);
                },
                peer -> peer.entry(0, 0644, -1, "", ""),
                peer -> peer.entry(0, 0644, Long.MIN_VALUE, "", ""),
                peer -> peer.entry(3, 0644, 0, "", ""),
                peer -> peer.entry(0, -1, 0, "", ""),
                peer -> {
                    peer.directory("");
                    String path = "d";
                    for (int i = 0; i < 300; i++) {
                        peer.directory(path);
                        path += "/d";
                    }
                });
        for (FakeAgent.Script script : wrong) {
            downloadFails(work.resolve("target"), script);
            assertThat(work).isEmptyDirectory();
            Files.delete(sockets.resolve("agent-0.sock"));
        }
    }

    @Test
    void moreThanTheOneFileThatWasAskedFor() throws Exception {
        for (FakeAgent.Script script : List.<FakeAgent.Script>of(
                peer -> peer.directory(""), peer -> peer.link("", "/etc/passwd"), peer -> peer.file("x", "x"))) {
            fails(
                    script,
                    guest -> {
                        try {
                            guest.download("/f", work.resolve("f"), false, TransferListener.NONE);
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    },
                    ErrorKind.INTEGRITY);
            assertThat(work).isEmptyDirectory();
            Files.delete(sockets.resolve("agent-0.sock"));
        }
    }

    @Test
    void aHugeAnnouncedSizeReservesNothing() throws Exception {
        try (FakeAgent agent = new FakeAgent(sockets, peer -> {
                    peer.greet();
                    peer.expect(12);
                    peer.entry(0, 06777, Long.MAX_VALUE, "", "");
                    peer.send(0x89, (byte) 'x');
                    peer.send(0x8A);
                    peer.send(0x8B);
                });
                Guest guest = agent.connect()) {
            download(guest, work.resolve("f"));
        }
        assertThat(work.resolve("f")).hasContent("x");
        // Never a set-user-id file from a guest.
        assertThat((Integer) Files.getAttribute(work.resolve("f"), "unix:mode") & 07777)
                .isEqualTo(0777);
    }

    @Test
    void manyEntriesUseNoMemory() throws Exception {
        byte[] name = "l".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        try (FakeAgent agent = new FakeAgent(sockets, peer -> {
                    peer.greet();
                    peer.expect(12);
                    peer.directory("");
                    // The same few places again and again, so that the test leaves no thousands of files.
                    byte[] link = join(
                            FakeAgent.bytes(
                                    0x88,
                                    join(new byte[] {2}, number(0777), new byte[8], number(1), name, number(1), name)),
                            FakeAgent.bytes(0x8A));
                    byte[] many = join(java.util.Collections.nCopies(100, link).toArray(byte[][]::new));
                    for (int i = 0; i < 300; i++) {
                        peer.raw(many);
                    }
                    peer.send(0x8B);
                });
                Guest guest = agent.connect()) {
            download(guest, work.resolve("t"));
        }
        assertThat(Files.readSymbolicLink(work.resolve("t/l"))).hasToString("l");
    }

    @Fault(Case.F26)
    @Test
    void secretsAreInNoErrorWhateverTheGuestDoes() throws Exception {
        String secret = "s3cr3t-marker";
        ExecRequest request = new ExecRequest(
                List.of("deploy"),
                Map.of("TOKEN", secret),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        List<FakeAgent.Script> answers = List.of(
                peer -> peer.send(0x92),
                peer -> peer.raw(join(number(0x84), number(-1))),
                peer -> peer.socket.close(),
                peer -> {
                    peer.send(0x83, number(1));
                    peer.send(0x86, new byte[] {9, 9, 9, 9, 9});
                });
        List<ErrorKind> kinds =
                List.of(ErrorKind.INTEGRITY, ErrorKind.INTEGRITY, ErrorKind.GUEST_UNRESPONSIVE, ErrorKind.INTEGRITY);
        for (int i = 0; i < answers.size(); i++) {
            SmolVmException failure = fails(answers.get(i), guest -> guest.exec(request, ExecIo.none()), kinds.get(i));
            StringWriter trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace));
            assertThat(trace + failure.advice()).doesNotContain(secret).contains("deploy");
            Files.delete(sockets.resolve("agent-0.sock"));
        }
    }
}

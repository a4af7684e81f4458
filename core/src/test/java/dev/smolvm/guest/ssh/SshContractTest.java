package dev.smolvm.guest.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.Frozen;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.GuestAddress;
import dev.smolvm.guest.GuestVariables;
import dev.smolvm.guest.Rejuvenation;
import dev.smolvm.guest.TerminalSize;
import dev.smolvm.guest.connect.GuestConnectors;
import dev.smolvm.guest.contract.GuestContract;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SshContractTest extends GuestContract {
    @TempDir
    static Path directory;

    private static LocalSshServer server;
    private static Path key;
    private static Path asked;

    @BeforeAll
    static void start() throws Exception {
        Path stubs = Files.createDirectory(directory.resolve("stubs"));
        asked = directory.resolve("asked");
        // What would change this host is only written down.
        stub(stubs.resolve("sudo"), "printf '%s|' \"$@\" >> " + asked + "; echo >> " + asked);
        server = new LocalSshServer(stubs);
        key = Files.writeString(directory.resolve("key"), privateKey());
    }

    private static void stub(Path file, String script) throws Exception {
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    private static String privateKey() throws Exception {
        KeyPairGenerator keys = KeyPairGenerator.getInstance("RSA");
        keys.initialize(2048);
        byte[] encoded = keys.generateKeyPair().getPrivate().getEncoded();
        return "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(encoded)
                + "\n-----END PRIVATE KEY-----\n";
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Override
    protected Guest connect() {
        return GuestConnectors.standard().connect(new GuestAddress.Ssh(server.port(), "tester", key), SOON);
    }

    @Override
    protected Frozen freeze() {
        return guest.freeze(SOON, SOON);
    }

    /** The server has no terminals: seen is what was asked of it. */
    @Test
    @Override
    protected void aTerminalHasItsSizeAndCanBeResized() throws Exception {
        AtomicReference<ExecIo.Controls> controls = new AtomicReference<>();
        PipedOutputStream toGuest = new PipedOutputStream();
        PipedInputStream stdin = new PipedInputStream(toGuest);
        PipedInputStream fromGuest = new PipedInputStream();
        PipedOutputStream stdout = new PipedOutputStream(fromGuest);
        CompletableFuture<ExecResult> running = CompletableFuture.supplyAsync(() -> guest.exec(
                request(
                        List.of("sh", "-c", "echo up; read line; exit 5"),
                        Map.of(),
                        null,
                        null,
                        new TerminalSize(33, 101)),
                new ExecIo(stdin, stdout, OutputStream.nullOutputStream(), controls::set)));
        assertThat(fromGuest.readNBytes(2)).isEqualTo("up".getBytes(StandardCharsets.UTF_8));
        controls.get().resize(new TerminalSize(44, 102));
        toGuest.write('\n');
        toGuest.flush();
        assertThat(running.get(20, TimeUnit.SECONDS)).isEqualTo(new ExecResult.Exited(5));
        assertThat(server.terminals).containsExactly("pty 33 101", "resize 44 102");
        toGuest.close();
    }

    @Test
    void anotherUserGoesThroughSudo() throws Exception {
        guest.exec(
                new ExecRequest(
                        List.of("id", "-u"),
                        Map.of("A", "b c"),
                        Optional.empty(),
                        Optional.of("o'ther"),
                        Optional.empty(),
                        Optional.empty()),
                ExecIo.none());
        assertThat(Files.readString(asked)).endsWith("-n|-H|-u|o'ther|--|env|A=b c|id|-u|\n");
    }

    @Test
    void timeAndIdentityAreSetAsRoot() throws Exception {
        guest.rejuvenate(Rejuvenation.fork("new-host", "0123456789abcdef0123456789abcdef", GuestVariables.NONE), SOON);
        assertThat(Files.readString(asked))
                .containsPattern("-n\\|sh\\|-c\\|date -s @[0-9]{10}; perl .*0x5207")
                .contains("hostname 'new-host'")
                .contains("echo '0123456789abcdef0123456789abcdef' > /etc/machine-id")
                .contains("ssh-keygen -A");
    }

    @Test
    void shutdownAsksForIt() throws Exception {
        guest.shutdown(false, SOON);
        assertThat(Files.readString(asked)).contains("poweroff");
    }

    @Test
    void mountingIsDoneAsRoot() throws Exception {
        guest.mount("disk", "/mnt/it's", "ext4", true, SOON);
        assertThat(Files.readString(asked))
                .contains("-n|sh|-c|")
                .contains("serial='disk' directory='/mnt/it'\\''s'")
                .contains("mount -t 'ext4' -o noatime,ro ");
    }

    @Test
    void aKeyThatTheServerDoesNotTakeIsNamed() {
        long start = System.nanoTime();
        assertThatThrownBy(() -> GuestConnectors.standard()
                        .connect(new GuestAddress.Ssh(server.port(), "stranger", key), Duration.ofSeconds(1)))
                .isInstanceOfSatisfying(SmolVmException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.USAGE);
                    assertThat(e).hasMessageContainingAll("stranger", key.toString());
                    assertThat(e.advice()).contains(".pub", "authorized_keys", "--ssh-key");
                });
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void aPortThatNeverAnswersIsGivenUpAtTheDeadline() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, java.net.InetAddress.getLoopbackAddress())) {
            long start = System.nanoTime();
            assertThatThrownBy(() -> GuestConnectors.standard()
                            .connect(
                                    new GuestAddress.Ssh(silent.getLocalPort(), "tester", key), Duration.ofMillis(500)))
                    .isInstanceOfSatisfying(
                            SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.GUEST_UNRESPONSIVE));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        }
    }

    /** As a VMM does that accepted for a guest which was not listening yet. */
    @Test
    void aConnectionThatStaysSilentDoesNotHoldUpTheNext() throws Exception {
        try (ServerSocket front = new ServerSocket(0, 50, java.net.InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> silentThenForwarded(front, server.port()));
            long start = System.nanoTime();
            try (Guest reached = GuestConnectors.standard()
                    .connect(new GuestAddress.Ssh(front.getLocalPort(), "tester", key), SOON)) {
                reached.ping(SOON);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        }
    }

    private static void silentThenForwarded(ServerSocket front, int port) {
        try (Socket silent = front.accept();
                Socket client = front.accept();
                Socket behind = new Socket(java.net.InetAddress.getLoopbackAddress(), port)) {
            Thread back = Thread.ofVirtual().start(() -> copy(behind, client));
            copy(client, behind);
            back.join();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void copy(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException e) {
            // One side has gone.
            return;
        }
    }

    @Test
    void aKeyThatIsNoneIsAUsageError() throws Exception {
        Path bad = Files.writeString(directory.resolve("bad"), "not a key");
        assertThatThrownBy(() -> GuestConnectors.standard().connect(new GuestAddress.Ssh(1, "tester", bad), SOON))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.USAGE));
    }
}

package dev.smolvm.guest.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.Frozen;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.TerminalSize;
import dev.smolvm.guest.TransferListener;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What every way to reach a guest must do. The "guest" here is this host, so that its files can be looked at. */
@Timeout(60)
public abstract class GuestContract {
    protected static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    protected Path local;

    @TempDir
    protected Path remote;

    protected Guest guest;

    protected abstract Guest connect() throws Exception;

    @BeforeEach
    void open() throws Exception {
        guest = connect();
    }

    @AfterEach
    void close() {
        guest.close();
    }

    protected record Ran(ExecResult result, String stdout, String stderr) {}

    protected Ran run(ExecRequest request, InputStream stdin) {
        ByteArrayOutputStream stdout = new ByteArrayOutputStream();
        ByteArrayOutputStream stderr = new ByteArrayOutputStream();
        ExecResult result = guest.exec(request, ExecIo.of(stdin, stdout, stderr));
        return new Ran(result, stdout.toString(StandardCharsets.UTF_8), stderr.toString(StandardCharsets.UTF_8));
    }

    protected Ran shell(String script) {
        return run(ExecRequest.of("sh", "-c", script), ExecIo.NO_INPUT);
    }

    protected static ExecRequest request(
            List<String> command,
            Map<String, String> environment,
            String workdir,
            Duration timeout,
            TerminalSize size) {
        return new ExecRequest(
                command,
                environment,
                Optional.ofNullable(workdir),
                Optional.empty(),
                Optional.ofNullable(timeout),
                Optional.ofNullable(size));
    }

    @Test
    void pingTellsTheGuestsTime() {
        assertThat(Duration.between(guest.ping(SOON).clock(), Instant.now()).abs())
                .isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void aCommandsOutputAndExitCodeArrive() {
        assertThat(shell("echo out; echo err >&2; exit 7"))
                .isEqualTo(new Ran(new ExecResult.Exited(7), "out\n", "err\n"));
    }

    @Test
    void argumentsArriveAsTheyAre() {
        Ran ran = run(ExecRequest.of("printf", "%s|", "a b", "", "'\"$HOME`", "ü\n*", "-x"), ExecIo.NO_INPUT);
        assertThat(ran.stdout()).isEqualTo("a b||'\"$HOME`|ü\n*|-x|");
    }

    @Test
    void environmentAndDirectoryAreTheRequests() {
        Ran ran = run(
                request(
                        List.of("sh", "-c", "echo \"$GREETING\"; pwd"),
                        Map.of("GREETING", "it's $HOME; \"x\""),
                        remote.toString(),
                        null,
                        null),
                ExecIo.NO_INPUT);
        assertThat(ran.stdout()).isEqualTo("it's $HOME; \"x\"\n" + remote + "\n");
    }

    @Test
    void inputOfAnySizeIsStreamed() {
        byte[] data = new byte[8 << 20];
        new Random(1).nextBytes(data);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ExecResult result = guest.exec(
                ExecRequest.of("cat"), ExecIo.of(new ByteArrayInputStream(data), out, OutputStream.nullOutputStream()));
        assertThat(result).isEqualTo(new ExecResult.Exited(0));
        assertThat(out.toByteArray()).isEqualTo(data);
    }

    @Test
    void outputArrivesWhileTheCommandRuns() throws Exception {
        PipedOutputStream toGuest = new PipedOutputStream();
        PipedInputStream stdin = new PipedInputStream(toGuest);
        PipedInputStream fromGuest = new PipedInputStream();
        PipedOutputStream stdout = new PipedOutputStream(fromGuest);
        CompletableFuture<ExecResult> running = CompletableFuture.supplyAsync(() -> guest.exec(
                ExecRequest.of("sh", "-c", "read line; echo \"got $line\"; read line; exit 3"),
                ExecIo.of(stdin, stdout, OutputStream.nullOutputStream())));
        toGuest.write("one\n".getBytes(StandardCharsets.UTF_8));
        toGuest.flush();
        assertThat(new String(fromGuest.readNBytes(8), StandardCharsets.UTF_8)).isEqualTo("got one\n");
        assertThat(running).isNotDone();
        toGuest.write("two\n".getBytes(StandardCharsets.UTF_8));
        toGuest.flush();
        assertThat(running.get(20, TimeUnit.SECONDS)).isEqualTo(new ExecResult.Exited(3));
        toGuest.close();
    }

    @Test
    void aCommandThatEndsBeforeItsInputLeavesTheSessionUsable() {
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 'y';
            }

            @Override
            public int read(byte[] to, int offset, int length) {
                java.util.Arrays.fill(to, offset, offset + length, (byte) 'y');
                return length;
            }
        };
        for (int i = 0; i < 20; i++) {
            assertThat(run(ExecRequest.of("head", "-c", "3"), endless).stdout()).isEqualTo("yyy");
        }
        assertThat(shell("echo fine").stdout()).isEqualTo("fine\n");
    }

    @Test
    void anInputThatNeverComesDoesNotHoldTheEnd() throws Exception {
        try (PipedOutputStream never = new PipedOutputStream();
                PipedInputStream stdin = new PipedInputStream(never)) {
            assertThat(run(ExecRequest.of("true"), stdin).result()).isEqualTo(new ExecResult.Exited(0));
        }
        assertThat(shell("echo fine").stdout()).isEqualTo("fine\n");
    }

    @Test
    void muchOutputArrivesWhole() {
        AtomicLong bytes = new AtomicLong();
        ExecResult result = guest.exec(
                ExecRequest.of("head", "-c", "50000000", "/dev/zero"),
                ExecIo.of(ExecIo.NO_INPUT, new CountingOutputStream(bytes), OutputStream.nullOutputStream()));
        assertThat(result).isEqualTo(new ExecResult.Exited(0));
        assertThat(bytes).hasValue(50_000_000L);
    }

    @Test
    void aSignalFromAnotherThreadReachesTheCommand() throws Exception {
        AtomicReference<ExecIo.Controls> controls = new AtomicReference<>();
        CountDownLatch ready = new CountDownLatch(1);
        OutputStream stdout = new ByteArrayOutputStream() {
            @Override
            public void write(byte[] from, int offset, int length) {
                ready.countDown();
            }
        };
        CompletableFuture<ExecResult> running = CompletableFuture.supplyAsync(() -> guest.exec(
                ExecRequest.of("sh", "-c", "trap 'exit 42' INT; echo ready; while :; do sleep 0.05; done"),
                new ExecIo(ExecIo.NO_INPUT, stdout, OutputStream.nullOutputStream(), controls::set)));
        assertThat(ready.await(20, TimeUnit.SECONDS)).isTrue();
        controls.get().signal(2);
        assertThat(running.get(20, TimeUnit.SECONDS)).isEqualTo(new ExecResult.Exited(42));
        // After the end it does nothing, above all not to the next command.
        controls.get().signal(9);
        assertThat(shell("sleep 0.1; echo fine").stdout()).isEqualTo("fine\n");
    }

    @Test
    void aCommandKilledByASignalSaysWhich() {
        assertThat(shell("kill -TERM $$").result()).isEqualTo(new ExecResult.Killed(15));
    }

    @Test
    void aTimeoutEndsTheCommand() {
        long start = System.nanoTime();
        Ran ran = run(request(List.of("sleep", "30"), Map.of(), null, Duration.ofMillis(300), null), ExecIo.NO_INPUT);
        assertThat(ran.result()).isEqualTo(new ExecResult.TimedOut());
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        assertThat(shell("echo fine").stdout()).isEqualTo("fine\n");
    }

    @Test
    protected void aTerminalHasItsSizeAndCanBeResized() throws Exception {
        AtomicReference<ExecIo.Controls> controls = new AtomicReference<>();
        PipedOutputStream toGuest = new PipedOutputStream();
        PipedInputStream stdin = new PipedInputStream(toGuest);
        PipedInputStream fromGuest = new PipedInputStream(65536);
        PipedOutputStream stdout = new PipedOutputStream(fromGuest);
        CompletableFuture<ExecResult> running = CompletableFuture.supplyAsync(() -> guest.exec(
                request(
                        List.of("sh", "-c", "stty size; read line; stty size; exit 5"),
                        Map.of(),
                        null,
                        null,
                        new TerminalSize(33, 101)),
                new ExecIo(stdin, stdout, OutputStream.nullOutputStream(), controls::set)));
        assertThat(new String(fromGuest.readNBytes(8), StandardCharsets.UTF_8)).isEqualTo("33 101\r\n");
        controls.get().resize(new TerminalSize(44, 102));
        // The resize and the input travel in one order.
        toGuest.write("\n".getBytes(StandardCharsets.UTF_8));
        toGuest.flush();
        assertThat(running.get(20, TimeUnit.SECONDS)).isEqualTo(new ExecResult.Exited(5));
        byte[] rest = fromGuest.readNBytes(fromGuest.available());
        assertThat(new String(rest, StandardCharsets.UTF_8)).contains("44 102");
        toGuest.close();
    }

    @Test
    void interruptingTheCallerHangsTheCommandUp() throws Exception {
        Path alive = remote.resolve("alive");
        AtomicReference<Throwable> failure = new AtomicReference<>();
        CountDownLatch started = new CountDownLatch(1);
        Thread caller = Thread.ofPlatform().start(() -> {
            try {
                guest.exec(
                        ExecRequest.of("sh", "-c", "echo $$ > " + alive + "; echo; sleep 30; exit 0"),
                        new ExecIo(
                                ExecIo.NO_INPUT,
                                new ByteArrayOutputStream() {
                                    @Override
                                    public void write(byte[] from, int offset, int length) {
                                        started.countDown();
                                    }
                                },
                                OutputStream.nullOutputStream(),
                                c -> {}));
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
        caller.interrupt();
        caller.join(Duration.ofSeconds(10));
        assertThat(caller.isAlive()).isFalse();
        assertThat(failure.get()).isInstanceOfSatisfying(SmolVmException.class, e -> assertThat(e.kind())
                .isEqualTo(ErrorKind.INTERRUPTED));
        long pid = Long.parseLong(Files.readString(alive).strip());
        for (int i = 0; i < 400 && ProcessHandle.of(pid).isPresent(); i++) {
            Thread.sleep(20);
        }
        assertThat(ProcessHandle.of(pid)).isEmpty();
    }

    @Test
    void theRequestsSecretsAreInNoError() throws Exception {
        String secret = "s3cr3t-marker";
        ExecRequest request =
                request(List.of("sleep", "1"), Map.of("TOKEN", secret, "BIG", secret.repeat(20_000)), null, null, null);
        assertThatThrownBy(() -> guest.exec(request, ExecIo.none()))
                .isInstanceOfSatisfying(SmolVmException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.USAGE);
                    assertThat(stackTrace(e)).doesNotContain(secret);
                });
        Path file = Files.writeString(local.resolve("f"), secret);
        assertThatThrownBy(() -> guest.upload(file, remote + "/none/f", false, TransferListener.NONE))
                .satisfies(e -> assertThat(stackTrace(e)).doesNotContain(secret));
    }

    protected static String stackTrace(Throwable e) {
        java.io.StringWriter text = new java.io.StringWriter();
        e.printStackTrace(new java.io.PrintWriter(text));
        return text.toString();
    }

    @Test
    void aFileIsUploadedAndDownloadedWithItsMode() throws Exception {
        byte[] data = new byte[3_000_001];
        new Random(2).nextBytes(data);
        Path source = Files.write(local.resolve("source"), data);
        Files.setPosixFilePermissions(source, PosixFilePermissions.fromString("rwxr-x--x"));
        AtomicLong moved = new AtomicLong();
        guest.upload(source, remote.resolve("there").toString(), false, (path, bytes) -> moved.addAndGet(bytes));
        assertThat(remote.resolve("there")).hasBinaryContent(data);
        assertThat(moved).hasValue(data.length);
        assertThat(mode(remote.resolve("there"))).isEqualTo("rwxr-x--x");
        guest.download(remote.resolve("there").toString(), local.resolve("back"), false, TransferListener.NONE);
        assertThat(local.resolve("back")).hasBinaryContent(data);
        assertThat(mode(local.resolve("back"))).isEqualTo("rwxr-x--x");
        assertThat(local).isDirectoryNotContaining("glob:**/.*");
        assertThat(remote).isDirectoryNotContaining("glob:**/.*");
    }

    protected static String mode(Path file) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS));
    }

    @Test
    void anEmptyFileIsAFile() throws Exception {
        Path source = Files.createFile(local.resolve("empty"));
        guest.upload(source, remote.resolve("empty").toString(), false, TransferListener.NONE);
        guest.download(remote.resolve("empty").toString(), local.resolve("back"), false, TransferListener.NONE);
        assertThat(local.resolve("back")).isEmptyFile();
    }

    @Test
    void aTransferIntoADirectoryKeepsTheName() throws Exception {
        Path source = Files.writeString(local.resolve("name"), "content");
        guest.upload(source, remote.toString(), false, TransferListener.NONE);
        assertThat(remote.resolve("name")).hasContent("content");
        Path into = Files.createDirectory(local.resolve("into"));
        guest.download(remote.resolve("name").toString(), into, false, TransferListener.NONE);
        assertThat(into.resolve("name")).hasContent("content");
    }

    @Test
    void aTreeIsTransferredWithLinksAndModes() throws Exception {
        Path tree = Files.createDirectories(local.resolve("tree/a/b"));
        Files.writeString(tree.resolve("deep"), "deep");
        Files.writeString(local.resolve("tree/a/x y"), "x y");
        Files.createDirectory(local.resolve("tree/empty"));
        Files.createSymbolicLink(local.resolve("tree/link"), Path.of("a/x y"));
        Files.createSymbolicLink(local.resolve("tree/dangling"), Path.of("/nowhere/at/all"));
        Files.setPosixFilePermissions(tree.resolve("deep"), PosixFilePermissions.fromString("r--------"));
        Files.setPosixFilePermissions(tree, PosixFilePermissions.fromString("r-xr-xr-x"));
        guest.upload(local.resolve("tree"), remote.resolve("copy").toString(), true, TransferListener.NONE);
        checkTree(remote.resolve("copy"));
        guest.download(remote.resolve("copy").toString(), local.resolve("back"), true, TransferListener.NONE);
        checkTree(local.resolve("back"));
        // Over what is there already, too: into a directory of that name, file by file.
        guest.download(remote.resolve("copy").toString(), local.resolve("back/.."), true, TransferListener.NONE);
        checkTree(local.resolve("copy"));
        guest.download(remote.resolve("copy").toString(), local, true, TransferListener.NONE);
        checkTree(local.resolve("copy"));
    }

    private static void checkTree(Path tree) throws Exception {
        assertThat(tree.resolve("a/b/deep")).hasContent("deep");
        assertThat(mode(tree.resolve("a/b/deep"))).isEqualTo("r--------");
        assertThat(mode(tree.resolve("a/b"))).isEqualTo("r-xr-xr-x");
        assertThat(tree.resolve("a/x y")).hasContent("x y");
        assertThat(tree.resolve("empty")).isEmptyDirectory();
        assertThat(Files.readSymbolicLink(tree.resolve("link"))).hasToString("a/x y");
        assertThat(Files.readSymbolicLink(tree.resolve("dangling"))).hasToString("/nowhere/at/all");
    }

    @Test
    void aDirectoryNeedsRecursion() throws Exception {
        assertThatThrownBy(() -> guest.upload(local, remote.resolve("x").toString(), false, TransferListener.NONE))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.USAGE));
        assertThatThrownBy(() -> guest.download(remote.toString(), local.resolve("x"), false, TransferListener.NONE))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.USAGE));
        assertThat(local.resolve("x")).doesNotExist();
    }

    @Test
    void whatIsNotThereIsNotFound() {
        assertThatThrownBy(() -> guest.download(
                        remote.resolve("none").toString(), local.resolve("x"), true, TransferListener.NONE))
                .isInstanceOfSatisfying(SmolVmException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND);
                    assertThat(e.getMessage()).contains(remote.resolve("none").toString());
                });
        assertThatThrownBy(() -> guest.upload(
                        local.resolve("none"), remote.resolve("x").toString(), true, TransferListener.NONE))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
        assertThat(shell("echo fine").stdout()).isEqualTo("fine\n");
    }

    /** As the command line gives a target with a slash at its end. */
    @Test
    void aLocalDirectoryThatIsNotThereIsNotMadeUp() throws Exception {
        Files.writeString(remote.resolve("f"), "new");
        String file = remote.resolve("f").toString();
        assertThatThrownBy(() -> guest.download(file, local.resolve("none/."), false, TransferListener.NONE))
                .isInstanceOfSatisfying(SmolVmException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND);
                    assertThat(e.advice()).isEqualTo("mkdir -p " + local.resolve("none"));
                });
        assertThat(local.resolve("none")).doesNotExist();
        Files.writeString(local.resolve("plain"), "mine");
        assertThatThrownBy(() -> guest.download(file, local.resolve("plain/."), false, TransferListener.NONE))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT));
        assertThat(local.resolve("plain")).hasContent("mine");
        Files.createDirectory(local.resolve("there"));
        guest.download(file, local.resolve("there/."), false, TransferListener.NONE);
        assertThat(local.resolve("there/f")).hasContent("new");
    }

    @Test
    void aRelativeGuestPathIsRefused() {
        assertThatThrownBy(() -> guest.download("etc/passwd", local.resolve("x"), false, TransferListener.NONE))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.USAGE));
    }

    @Test
    void aLocalFileIsReplacedNotWrittenThrough() throws Exception {
        Path precious = Files.writeString(local.resolve("precious"), "precious");
        Files.createSymbolicLink(local.resolve("target"), precious);
        Files.writeString(remote.resolve("f"), "new");
        guest.download(remote.resolve("f").toString(), local.resolve("target"), false, TransferListener.NONE);
        assertThat(precious).hasContent("precious");
        assertThat(local.resolve("target")).hasContent("new").isRegularFile();
        assertThat(Files.isSymbolicLink(local.resolve("target"))).isFalse();
    }

    @Test
    void aLocalLinkInPlaceOfADirectoryIsRefused() throws Exception {
        Path elsewhere = Files.createDirectory(local.resolve("elsewhere"));
        Path into = Files.createDirectories(local.resolve("into/tree"));
        Files.createSymbolicLink(into.resolve("sub"), elsewhere);
        Files.createDirectories(remote.resolve("tree/sub"));
        Files.writeString(remote.resolve("tree/sub/f"), "f");
        assertThatThrownBy(() -> guest.download(
                        remote.resolve("tree").toString(), local.resolve("into"), true, TransferListener.NONE))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT));
        assertThat(elsewhere).isEmptyDirectory();
    }

    @Test
    void syncAndFreezeAreAnswered() {
        guest.sync(SOON);
        try (Frozen frozen = freeze()) {
            assertThat(frozen.frozen() + frozen.flushed()).isNotNegative();
        }
        assertThat(shell("echo fine").stdout()).isEqualTo("fine\n");
    }

    /** Where the guest is this host, no implementation may freeze it. */
    protected Frozen freeze() {
        guest.sync(SOON);
        return new Frozen() {
            @Override
            public int frozen() {
                return 0;
            }

            @Override
            public int flushed() {
                return 1;
            }

            @Override
            public void close() {}
        };
    }

    private static final class CountingOutputStream extends OutputStream {
        private final AtomicLong bytes;

        CountingOutputStream(AtomicLong bytes) {
            this.bytes = bytes;
        }

        @Override
        public void write(int b) {
            bytes.incrementAndGet();
        }

        @Override
        public void write(byte[] from, int offset, int length) {
            bytes.addAndGet(length);
        }
    }
}

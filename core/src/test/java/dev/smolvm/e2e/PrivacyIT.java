package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.fork.ForkRequest;
import dev.smolvm.fork.ForkResult;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.GuestVariables;
import dev.smolvm.guest.TransferListener;
import dev.smolvm.os.Command;
import dev.smolvm.os.Programs;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import dev.smolvm.testing.ChildJvm;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who can see what is in the store, and what never gets out of a guest. */
@ExtendWith(LabExtension.class)
class PrivacyIT {
    private static final String SECRET = "smolvm-marker-7c1f9e";

    private final Lab lab;

    @TempDir
    Path dir;

    PrivacyIT(Lab lab) {
        this.lab = lab;
    }

    @Fault(Case.F25)
    @ParameterizedTest
    @ValueSource(strings = {"000", "077"})
    void modes_do_not_depend_on_the_umask(String umask) throws Exception {
        Box box = lab.fresh();
        box.save();
        Path home = dir.resolve("store");
        try (ChildJvm child = ChildJvm.startUnder(
                List.of("sh", "-c", "umask " + umask + "; exec \"$@\"", "sh"),
                UnderUmask.class,
                lab.home().toString(),
                home.toString())) {
            assertThat(child.line()).isEqualTo("done");
            assertThat(child.awaitExit()).isZero();
        }
        try {
            assertPrivate(lab.home());
            assertPrivate(home);
        } finally {
            lab.delete(UnderUmask.NAME);
        }
    }

    private static void assertPrivate(Path root) throws IOException {
        List<String> wrong = new ArrayList<>();
        int files = 0;
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : (Iterable<Path>) tree::iterator) {
                String mode =
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
                if (!mode.equals(expected(root.relativize(path), path))) {
                    wrong.add(mode + " " + root.relativize(path));
                }
                files++;
            }
        }
        assertThat(files).isGreaterThan(5);
        assertThat(wrong).isEmpty();
    }

    private static String expected(Path name, Path path) {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            return "rwx------";
        }
        if (name.startsWith("layers")) {
            return "r--------";
        }
        if (name.startsWith("tools") && !name.toString().matches(".*\\.(json|index)")) {
            return "r-x------";
        }
        // A socket's own mode is the VMM's: its umask is 077.
        return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) ? "rw-------" : "rwx------";
    }

    @Fault(Case.F25)
    @Test
    void another_user_cannot_connect_to_the_sockets() throws Exception {
        Box box = lab.fresh();
        List<Path> sockets;
        try (Stream<Path> files = Files.list(box.run())) {
            sockets = files.filter(f -> f.toString().endsWith(".sock")).toList();
        }
        assertThat(sockets).hasSizeGreaterThan(3);
        String connect = "use IO::Socket::UNIX; IO::Socket::UNIX->new(Peer => $ARGV[0]) or die \"$!\\n\"";
        for (Path socket : sockets.subList(0, 3)) {
            assertThat(Command.of("perl", "-e", connect, socket.toString())
                            .run()
                            .exitCode())
                    .as("as its owner: %s", socket)
                    .isZero();
            Command.Result refused = asAnotherUser("perl", "-e", connect, socket.toString());
            assertThat(refused.errors()).as("%s", socket).contains("Permission denied");
        }
    }

    /** As nobody; without privileges, as the first of the users that are set aside for this user's namespaces. */
    private static Command.Result asAnotherUser(String... command) {
        List<String> line = new ArrayList<>();
        String id = "65534";
        if (!Programs.isRoot()) {
            line.addAll(List.of("unshare", "--map-auto", "--map-root-user"));
            id = "1";
        }
        line.addAll(List.of("setpriv", "--reuid", id, "--regid", id, "--clear-groups"));
        line.addAll(List.of(command));
        return Command.of(line).run();
    }

    @Fault(Case.F26)
    @Test
    void a_secret_given_to_the_guest_is_in_no_argument_list_log_manifest_or_message() throws Exception {
        Box box = lab.fresh();
        Path file = Files.writeString(dir.resolve("secret"), SECRET);
        try (Guest guest = box.connect()) {
            guest.upload(file, "/root/secret", false, TransferListener.NONE);
        }
        ExecRequest sleeping = request(Map.of("TOKEN", SECRET), Optional.empty(), "sh", "-c", "echo $TOKEN; sleep 2");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CompletableFuture<Void> running = CompletableFuture.runAsync(() -> {
            try (Guest guest = box.connect()) {
                guest.exec(sleeping, ExecIo.of(ExecIo.NO_INPUT, out, out));
            }
        });
        Box.await("it runs", () -> out.toString(StandardCharsets.UTF_8).contains(SECRET));
        assertThat(running).isNotDone();
        assertThat(argumentLists()).doesNotContain(SECRET).contains("qemu-system");
        var saved = box.save();
        running.get(20, TimeUnit.SECONDS);

        ExecRequest nowhere = request(Map.of("TOKEN", SECRET), Optional.of("/nowhere"), "true");
        try {
            assertThat(box.exec(nowhere).err()).doesNotContain(SECRET);
        } catch (SmolVmException e) {
            assertThat(e.getMessage() + e.advice() + e.getCause()).doesNotContain(SECRET);
        }
        assertThatThrownBy(() -> {
                    try (Guest guest = box.connect()) {
                        guest.upload(file, "/nowhere/at/all", false, TransferListener.NONE);
                    }
                })
                .satisfies(e -> assertThat(String.valueOf(e.getMessage())).doesNotContain(SECRET));

        box.sh("echo something > /dev/ttyS0");
        lab.vm().sandboxes().collectConsole(box.name());
        List<Path> read = new ArrayList<>();
        for (Path text : texts()) {
            assertThat(Files.readString(text, StandardCharsets.ISO_8859_1))
                    .as("%s", text)
                    .doesNotContain(SECRET);
            read.add(text.getFileName());
        }
        assertThat(read)
                .contains(
                        Path.of("sandbox.json"), Path.of("manifest.json"), Path.of("qemu.log"), Path.of("console.log"));
        // It is in the guest, and so in what was saved of it.
        assertThat(box.sh("cat /root/secret")).isEqualTo(SECRET);
        assertThat(saved.memoryPath()).isPresent();
    }

    @Test
    void a_secret_given_to_forks_is_in_no_argument_list_log_record_manifest_or_message() throws Exception {
        Box box = lab.fresh();
        ForkRequest request = new ForkRequest(
                box.name(),
                2,
                OptionalInt.empty(),
                Optional.of("private-{}"),
                new GuestVariables(Map.of("TOKEN", SECRET)),
                Optional.empty());
        try {
            ForkResult forked = lab.vm().forks().fork(request, Progress.NONE);
            Box copy = new Box(lab.vm(), forked.copies().getFirst().name());
            assertThat(copy.sh("echo $TOKEN; echo something > /dev/ttyS0")).isEqualTo(SECRET);
            assertThat(request + " " + forked).doesNotContain(SECRET);
            copy.save();
            lab.vm().sandboxes().collectConsole(copy.name());
            assertThat(argumentLists()).doesNotContain(SECRET).contains("private-1");
            for (Path text : texts()) {
                assertThat(Files.readString(text, StandardCharsets.ISO_8859_1))
                        .as("%s", text)
                        .doesNotContain(SECRET);
            }
            assertThatThrownBy(() -> lab.vm().forks().fork(request, Progress.NONE))
                    .satisfies(e -> assertThat(String.valueOf(e)).doesNotContain(SECRET));
        } finally {
            lab.delete(new SandboxName("private-1"));
            lab.delete(new SandboxName("private-2"));
        }
    }

    private static ExecRequest request(Map<String, String> environment, Optional<String> workdir, String... command) {
        return new ExecRequest(
                List.of(command),
                environment,
                workdir,
                Optional.empty(),
                Optional.of(Duration.ofSeconds(10)),
                Optional.empty());
    }

    private static String argumentLists() throws IOException {
        StringBuilder all = new StringBuilder();
        try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                try {
                    all.append(Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1));
                } catch (IOException e) {
                    // Ended meanwhile.
                }
            }
        }
        return all.toString();
    }

    /** Every file of the store but disks and memory. */
    private List<Path> texts() throws IOException {
        try (Stream<Path> tree = Files.walk(lab.home())) {
            return tree.filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS))
                    .filter(f -> f.toString().matches(".*\\.(json|log|state)") || f.endsWith("locks"))
                    .toList();
        }
    }

    /** Run under an umask: {@code UnderUmask LAB_STORE NEW_STORE}. Does in the lab's store what makes files there. */
    static final class UnderUmask {
        static final SandboxName NAME = new SandboxName("umask");

        public static void main(String[] arguments) {
            var vm = SmolVm.open(Path.of(arguments[0]), Duration.ofSeconds(5));
            vm.sandboxes().create(SandboxRequest.of(Lab.IMAGE).named(NAME.value()), Progress.NONE);
            Box box = new Box(vm, NAME);
            for (var type : SnapshotType.values()) {
                box.save(type);
            }
            vm.sandboxes().collectConsole(NAME);
            SmolVm.open(Path.of(arguments[1]), Duration.ofSeconds(5));
            System.out.println("done");
        }
    }
}

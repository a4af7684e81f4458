package dev.smolvm.bench.peer.python;

import dev.smolvm.bench.lab.GuestShell;
import dev.smolvm.bench.lab.Heartbeat;
import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.Contender;
import dev.smolvm.bench.measure.Recorder;
import dev.smolvm.bench.measure.Scenario;
import dev.smolvm.bench.peer.Enclosure;
import dev.smolvm.bench.peer.GuestFiles;
import dev.smolvm.bench.peer.Peer;
import dev.smolvm.bench.scenario.Create;
import dev.smolvm.bench.scenario.DebianGuest;
import dev.smolvm.bench.scenario.Exec;
import dev.smolvm.bench.scenario.Restore;
import dev.smolvm.bench.scenario.SaveSnapshot;
import dev.smolvm.bench.scenario.Shape;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.GuestAddress;
import dev.smolvm.guest.connect.GuestConnectors;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The SmolVM for Python by Celesto, with QEMU, on our Debian image over SSH. It starts QEMU with KVM and nothing else; where
 * KVM is not to be had, a script before QEMU asks for TCG instead.
 */
public final class PythonSmolVm implements Peer {
    private static final String WITHOUT_KVM = "qemu-without-kvm";

    @Override
    public Optional<Contender> contender(Scenario scenario, Lab lab) {
        return scenario instanceof DebianGuest(var shape) ? Optional.of(new InDebian(lab, shape)) : Optional.empty();
    }

    private static final class InDebian extends DriverContender {
        private static final String SAVED = "saved";
        private static final Duration SSH = Duration.ofSeconds(60);

        private final Shape shape;
        private Path sockets;
        private GuestFiles guest;
        private int saves;

        InDebian(Lab lab, Shape shape) {
            super(lab, "Python SmolVM", "smolvm", "celesto.py");
            this.shape = shape;
        }

        @Override
        String remark() {
            return Enclosure.hasKvm() ? "" : " (TCG for the KVM that it asks for)";
        }

        @Override
        Map<String, String> environment(Path directory) throws IOException {
            if (Enclosure.hasKvm()) {
                return super.environment(directory);
            }
            Path programs = Files.createDirectory(directory.resolve("bin"));
            Path script = Driver.copy(WITHOUT_KVM, programs);
            Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
            Files.move(script, programs.resolve("qemu-system-x86_64"));
            return Map.of(
                    "HOME", directory.toString(),
                    "PATH", programs + File.pathSeparator + System.getenv("PATH"),
                    "REAL_QEMU", GuestFiles.qemu().toString());
        }

        @Override
        Json.Builder greeting(Path directory) throws IOException {
            // Not below the store: the paths of sockets would be too long for many a checkout.
            sockets = Files.createTempDirectory(Path.of("/tmp"), "smolbench-");
            return Json.object()
                    .put(
                            "data",
                            Files.createDirectory(directory.resolve("data")).toString())
                    .put("sockets", sockets.toString());
        }

        /** One that cannot boot cannot run here. */
        @Override
        void prepare(Lab lab) throws Exception {
            guest = GuestFiles.of(lab, DebianGuest.image(lab));
            create();
            ask("delete");
        }

        private JsonFields create() throws IOException, InterruptedException {
            return ask(
                    "create",
                    Json.object()
                            .put("kernel", guest.kernel().toString())
                            .put("initrd", guest.initrd().toString())
                            .put("disk", guest.disk().toString())
                            .put("command_line", guest.commandLine())
                            .put("memory", shape.memoryMib()));
        }

        @Override
        public void round(Recorder recorder) throws Exception {
            JsonFields created = create();
            // That it is started says only that there is a process, while ours waits for the guest.
            recorder.add(Create.FIRST_COMMAND, Driver.millis(created, "answered"));
            for (int i = 0; i < DebianGuest.COMMANDS; i++) {
                recorder.add(Exec.ROUND_TRIP, Driver.millis(run("true"), "took"));
            }
            run(GuestShell.filling(shape.filledMib()));
            String saved = SAVED + ++saves;
            save(saved, created, recorder);
            ask("stop");
            JsonFields restored = ask("restore", Json.object().put("name", saved));
            recorder.add(Restore.RUNNING, Driver.millis(restored, "running"));
            recorder.add(Restore.FIRST_COMMAND, Driver.millis(restored, "answered"));
            ask("delete");
            ask("forget", Json.object().put("name", saved));
        }

        private JsonFields run(String command) throws IOException, InterruptedException {
            return ask("run", Json.object().put("command", command));
        }

        private void save(String name, JsonFields created, Recorder recorder) throws Exception {
            GuestAddress address =
                    new GuestAddress.Ssh((int) created.integer("ssh_port"), "root", Path.of(created.string("ssh_key")));
            Heartbeat heartbeat = Heartbeat.of(() -> connect(address));
            heartbeat.awaitBeat();
            double gap = heartbeat.longestGapDuring(() -> {
                JsonFields saved = ask("save", Json.object().put("name", name));
                recorder.add(SaveSnapshot.TOTAL, Driver.millis(saved, "took"));
            });
            recorder.add(SaveSnapshot.PAUSE_SEEN, gap);
        }

        private static Guest connect(GuestAddress address) {
            return GuestConnectors.standard().connect(address, SSH);
        }

        @Override
        public void close() throws IOException {
            super.close();
            if (sockets != null) {
                try (var files = Files.newDirectoryStream(sockets)) {
                    for (Path file : files) {
                        Files.delete(file);
                    }
                }
                Files.delete(sockets);
            }
        }
    }
}

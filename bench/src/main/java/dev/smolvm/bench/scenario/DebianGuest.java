package dev.smolvm.bench.scenario;

import dev.smolvm.Progress;
import dev.smolvm.bench.lab.Heartbeat;
import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.CannotRunHereException;
import dev.smolvm.bench.measure.Contender;
import dev.smolvm.bench.measure.Form;
import dev.smolvm.bench.measure.Participant;
import dev.smolvm.bench.measure.Recorder;
import dev.smolvm.bench.measure.Role;
import dev.smolvm.bench.measure.Rounds;
import dev.smolvm.bench.measure.Scenario;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.image.ImageRequest;
import dev.smolvm.image.Images;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import java.util.List;
import java.util.Optional;

/**
 * A day in the life of a guest with Debian: created, asked, filled, saved, stopped, and restored. The image has an SSH server, so
 * programs that know no other way into a guest can be compared on it.
 */
public record DebianGuest(Shape shape) implements Scenario {
    /** Commands in a round. */
    public static final int COMMANDS = 5;

    private static final ImageName IMAGE = new ImageName("debian");

    @Override
    public String name() {
        return "debian";
    }

    @Override
    public String title() {
        return "A guest with Debian, from its creation to its restore: " + shape.inWords();
    }

    @Override
    public Rounds rounds(Form form) {
        return form.choose(new Rounds(0, 2), new Rounds(1, 5));
    }

    @Override
    public List<Contender> contenders(Lab lab) {
        return List.of(new Ours(lab));
    }

    /**
     * The image, made where it is not there yet, which takes minutes.
     *
     * @throws CannotRunHereException it cannot be made on this machine
     */
    public static ImageName image(Lab lab) throws CannotRunHereException {
        if (lab.vm().images().find(IMAGE).isEmpty()) {
            try {
                ImageRequest request = new ImageRequest.Debian(IMAGE, List.of(), true);
                lab.vm().images().build(request, Images.IfExists.FAIL, Progress.NONE, note -> {});
            } catch (SmolVmException e) {
                if (e.kind() == ErrorKind.INTERRUPTED) {
                    throw e;
                }
                throw new CannotRunHereException("the image cannot be built: " + e.getMessage(), e);
            }
        }
        return IMAGE;
    }

    private final class Ours extends Participant {
        private final Lab lab;
        private final SandboxName sandbox;

        Ours(Lab lab) {
            super("smolvm", Role.OURS);
            this.lab = lab;
            this.sandbox = lab.name("debian");
        }

        @Override
        public void prepare() throws CannotRunHereException {
            image(lab);
        }

        @Override
        public void round(Recorder recorder) throws InterruptedException {
            create(recorder);
            exec(recorder);
            lab.guests().fill(sandbox, shape.filledMib());
            SnapshotInfo saved = save(recorder);
            lab.vm().sandboxes().stop(sandbox, true);
            restore(saved, recorder);
            lab.discard(sandbox);
        }

        private void create(Recorder recorder) {
            SandboxRequest base = SandboxRequest.of(IMAGE);
            SandboxRequest request = new SandboxRequest(
                    Optional.of(sandbox),
                    IMAGE,
                    shape.memoryMib(),
                    base.cpus(),
                    base.diskBytes(),
                    base.backend(),
                    base.accelerator(),
                    base.network(),
                    base.drives(),
                    base.mounts(),
                    base.bootTimeout(),
                    base.sshKey());
            long start = System.nanoTime();
            lab.vm().sandboxes().create(request, Progress.NONE);
            recorder.since(start, Create.CREATED);
            lab.guests().run(sandbox, "true");
            recorder.since(start, Create.FIRST_COMMAND);
        }

        private void exec(Recorder recorder) {
            try (Guest guest = lab.guests().connect(sandbox)) {
                for (int i = 0; i < COMMANDS; i++) {
                    long start = System.nanoTime();
                    guest.exec(ExecRequest.of("true"), ExecIo.none());
                    recorder.since(start, Exec.ROUND_TRIP);
                }
            }
        }

        private SnapshotInfo save(Recorder recorder) throws InterruptedException {
            Heartbeat heartbeat = Heartbeat.of(lab.vm(), sandbox);
            heartbeat.awaitBeat();
            SnapshotInfo[] saved = new SnapshotInfo[1];
            double gap = heartbeat.longestGapDuring(() -> {
                long start = System.nanoTime();
                saved[0] = lab.vm().snapshots().create(SnapshotRequest.full(sandbox), Progress.NONE);
                recorder.since(start, SaveSnapshot.TOTAL);
            });
            recorder.add(SaveSnapshot.PAUSE_SEEN, gap);
            return saved[0];
        }

        private void restore(SnapshotInfo saved, Recorder recorder) {
            long start = System.nanoTime();
            Restore.toRunning(lab, saved.id(), start, recorder);
            lab.guests().run(sandbox, "true");
            recorder.since(start, Restore.FIRST_COMMAND);
        }

        @Override
        public void close() {
            lab.discard(sandbox);
        }
    }
}

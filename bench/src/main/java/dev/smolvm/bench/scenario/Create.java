package dev.smolvm.bench.scenario;

import dev.smolvm.Progress;
import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.Contender;
import dev.smolvm.bench.measure.Figure;
import dev.smolvm.bench.measure.Form;
import dev.smolvm.bench.measure.Participant;
import dev.smolvm.bench.measure.Recorder;
import dev.smolvm.bench.measure.Role;
import dev.smolvm.bench.measure.Rounds;
import dev.smolvm.bench.measure.Scenario;
import dev.smolvm.bench.qemu.RawQemu;
import dev.smolvm.bench.qemu.SavedGuest;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.store.SandboxName;
import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;

/** A new sandbox of an image, from the request to the answer of its first command. */
public record Create() implements Scenario {
    public static final Figure CREATED = Figure.millis("create");
    public static final Figure FIRST_COMMAND = Figure.millis("create, until the first command has answered");
    private static final int MEMORY_MIB = SandboxRequest.DEFAULT_MEMORY_MIB;

    @Override
    public String name() {
        return "create";
    }

    @Override
    public String title() {
        return "Create a sandbox: " + MEMORY_MIB + " MiB of memory";
    }

    /** A boot takes seconds, and repeats well. */
    @Override
    public Rounds rounds(Form form) {
        return form.choose(new Rounds(0, 2), new Rounds(1, 5));
    }

    @Override
    public List<Contender> contenders(Lab lab) {
        return List.of(
                new InLibrary(lab, "smolvm", Role.OURS, UnaryOperator.identity()),
                new InShell(lab),
                new InLibrary(lab, "smolvm --cold", Role.VARIANT, SandboxRequest::booted),
                new Boot(lab));
    }

    /** As the user asks for it, or in another way: a request that is changed. */
    private static final class InLibrary extends Participant {
        private final Lab lab;
        private final SandboxName sandbox;
        private final UnaryOperator<SandboxRequest> way;

        InLibrary(Lab lab, String name, Role role, UnaryOperator<SandboxRequest> way) {
            super(name, role);
            this.lab = lab;
            this.way = way;
            this.sandbox = lab.name("create-" + name.replaceAll("[^a-z]+", "-"));
        }

        @Override
        public void round(Recorder recorder) {
            long start = System.nanoTime();
            lab.vm().sandboxes().create(way.apply(lab.request(sandbox, MEMORY_MIB)), Progress.NONE);
            recorder.since(start, CREATED);
            try (Guest guest = lab.guests().connect(sandbox)) {
                guest.exec(ExecRequest.of("true"), ExecIo.none());
            }
            recorder.since(start, FIRST_COMMAND);
            lab.vm().sandboxes().delete(sandbox, true);
        }

        @Override
        public void close() {
            lab.discard(sandbox);
        }
    }

    /** Two commands, as one types them. */
    private static final class InShell extends Participant {
        private final Lab lab;
        private final SandboxName sandbox;

        InShell(Lab lab) {
            super("smolvm, from the shell", Role.VARIANT);
            this.lab = lab;
            this.sandbox = lab.name("create-shell");
        }

        @Override
        public void round(Recorder recorder) {
            long start = System.nanoTime();
            lab.command("sandbox", "create", "--image", lab.image().value(), "--name", sandbox.value())
                    .check();
            recorder.since(start, CREATED);
            lab.command("sandbox", "exec", sandbox.value(), "true").check();
            recorder.since(start, FIRST_COMMAND);
            lab.vm().sandboxes().delete(sandbox, true);
        }

        @Override
        public void close() {
            lab.discard(sandbox);
        }
    }

    /** The same kernel and disk, booted by hand. */
    private static final class Boot extends Participant {
        private final Lab lab;
        private final SandboxName sandbox;
        private SavedGuest base;

        Boot(Lab lab) {
            super("QEMU by QMP: start, boot", Role.FLOOR);
            this.lab = lab;
            this.sandbox = lab.name("create-boot");
        }

        @Override
        public void prepare() throws IOException {
            // Booted, so that there is nothing on its disk that the one by hand does not have.
            lab.vm().sandboxes().create(lab.request(sandbox, MEMORY_MIB).booted(), Progress.NONE);
            base = SavedGuest.of(lab, lab.vm().snapshots().create(SnapshotRequest.full(sandbox), Progress.NONE));
            lab.vm().sandboxes().stop(sandbox, true);
        }

        @Override
        public void round(Recorder recorder) throws Exception {
            long start = System.nanoTime();
            try (RawQemu qemu = base.startEmpty(base.overlay())) {
                qemu.run();
                qemu.firstCommand();
                recorder.since(start, FIRST_COMMAND);
            }
        }

        @Override
        public void close() {
            lab.discard(sandbox);
        }
    }
}

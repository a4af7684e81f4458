package dev.smolvm.bench.scenario;

import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.Contender;
import dev.smolvm.bench.measure.Figure;
import dev.smolvm.bench.measure.Form;
import dev.smolvm.bench.measure.Participant;
import dev.smolvm.bench.measure.Recorder;
import dev.smolvm.bench.measure.Role;
import dev.smolvm.bench.measure.Rounds;
import dev.smolvm.bench.measure.Scenario;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.store.SandboxName;
import java.time.Duration;
import java.util.List;

/** A command that does nothing, in a guest that runs. */
public record Exec() implements Scenario {
    public static final Figure ROUND_TRIP = Figure.millis("exec true, in an open session");
    public static final Figure WITH_CONNECT = Figure.millis("exec true, with connecting");

    public static final Figure AS_PROCESS = Figure.millis("smolvm sandbox exec NAME true");
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final ExecRequest TRUE = ExecRequest.of("true");

    @Override
    public String name() {
        return "exec";
    }

    @Override
    public String title() {
        return "A command in a running guest";
    }

    @Override
    public Rounds rounds(Form form) {
        return form.choose(new Rounds(5, 20), new Rounds(10, 100));
    }

    @Override
    public List<Contender> contenders(Lab lab) {
        SandboxName name = lab.name("exec");
        return List.of(new Ours(lab, name), pings(lab, name), new EmptyProgram(lab, AS_PROCESS));
    }

    private static final class Ours extends Participant {
        private final Lab lab;
        private final SandboxName sandbox;

        Ours(Lab lab, SandboxName sandbox) {
            super("smolvm", Role.OURS);
            this.lab = lab;
            this.sandbox = sandbox;
        }

        @Override
        public void prepare() {
            lab.create(sandbox, SandboxRequest.DEFAULT_MEMORY_MIB);
        }

        @Override
        public void round(Recorder recorder) {
            long start = System.nanoTime();
            try (Guest guest = lab.guests().connect(sandbox)) {
                guest.exec(TRUE, ExecIo.none());
                recorder.since(start, WITH_CONNECT);
                start = System.nanoTime();
                guest.exec(TRUE, ExecIo.none());
                recorder.since(start, ROUND_TRIP);
            }
            EmptyProgram.time(recorder, AS_PROCESS, lab.command("sandbox", "exec", sandbox.value(), "true"));
        }

        @Override
        public void close() {
            lab.discard(sandbox);
        }
    }

    /** The shortest question that the guest's agent answers. */
    private static Contender pings(Lab lab, SandboxName sandbox) {
        return Participant.of("ping of the agent", Role.FLOOR, recorder -> {
            long start = System.nanoTime();
            try (Guest guest = lab.guests().connect(sandbox)) {
                guest.ping(PATIENCE);
                recorder.since(start, WITH_CONNECT);
                start = System.nanoTime();
                guest.ping(PATIENCE);
                recorder.since(start, ROUND_TRIP);
            }
        });
    }
}

package dev.smolvm.bench.scenario;

import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.Contender;
import dev.smolvm.bench.measure.Figure;
import dev.smolvm.bench.measure.Form;
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
        return form.choose(new Rounds(10, 50), new Rounds(20, 200));
    }

    @Override
    public List<Contender> contenders(Lab lab) {
        SandboxName name = lab.name("exec");
        return List.of(new Ours(lab, name), new Pings(lab, name));
    }

    private record Ours(Lab lab, SandboxName sandbox) implements Contender {
        @Override
        public String name() {
            return "smolvm";
        }

        @Override
        public Role role() {
            return Role.OURS;
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
        }

        @Override
        public void close() {
            lab.discard(sandbox);
        }
    }

    private record Pings(Lab lab, SandboxName sandbox) implements Contender {
        @Override
        public String name() {
            return "ping of the agent";
        }

        @Override
        public Role role() {
            return Role.FLOOR;
        }

        @Override
        public void round(Recorder recorder) {
            long start = System.nanoTime();
            try (Guest guest = lab.guests().connect(sandbox)) {
                guest.ping(Duration.ofSeconds(10));
                recorder.since(start, WITH_CONNECT);
                start = System.nanoTime();
                guest.ping(Duration.ofSeconds(10));
                recorder.since(start, ROUND_TRIP);
            }
        }
    }
}

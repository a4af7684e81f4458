package dev.smolvm.bench.peer.python;

import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.Contender;
import dev.smolvm.bench.measure.Recorder;
import dev.smolvm.bench.measure.Scenario;
import dev.smolvm.bench.peer.Peer;
import dev.smolvm.bench.scenario.Create;
import dev.smolvm.bench.scenario.Exec;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.sandbox.SandboxRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The package exec-sandbox, with QEMU. It takes no images but its own, which it fetches from where they are published; and it
 * saves no guest on request.
 */
public final class ExecSandbox implements Peer {
    @Override
    public Optional<Contender> contender(Scenario scenario, Lab lab) {
        return switch (scenario) {
            case Create _ -> Optional.of(new Creates(lab));
            case Exec _ -> Optional.of(new Runs(lab));
            default -> Optional.empty();
        };
    }

    private abstract static class OnOwnImage extends DriverContender {
        OnOwnImage(Lab lab) {
            super(lab, "exec-sandbox", "exec-sandbox", "exec_sandbox_peer.py");
        }

        @Override
        final String remark() {
            return " (image of its own)";
        }

        @Override
        final Json.Builder greeting(Path directory) {
            return Json.object().put("memory", SandboxRequest.DEFAULT_MEMORY_MIB);
        }
    }

    private static final class Creates extends OnOwnImage {
        Creates(Lab lab) {
            super(lab);
        }

        /** One that cannot boot cannot run here. */
        @Override
        void prepare(Lab lab) throws IOException, InterruptedException {
            ask("create");
            ask("delete");
        }

        @Override
        public void round(Recorder recorder) throws IOException, InterruptedException {
            JsonFields created = ask("create");
            recorder.add(Create.CREATED, Driver.millis(created, "running"));
            recorder.add(Create.FIRST_COMMAND, Driver.millis(created, "answered"));
            ask("delete");
        }
    }

    private static final class Runs extends OnOwnImage {
        Runs(Lab lab) {
            super(lab);
        }

        @Override
        void prepare(Lab lab) throws IOException, InterruptedException {
            ask("create");
        }

        @Override
        public void round(Recorder recorder) throws IOException, InterruptedException {
            JsonFields ran = ask("run", Json.object().put("command", "true"));
            recorder.add(Exec.ROUND_TRIP, Driver.millis(ran, "took"));
        }
    }
}

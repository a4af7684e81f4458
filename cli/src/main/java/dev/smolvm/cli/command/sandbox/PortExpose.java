package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.library.SandboxLibrary;
import dev.smolvm.cli.session.Session;
import dev.smolvm.json.Json;
import dev.smolvm.sandbox.PortForward;
import java.util.OptionalInt;

/** {@code smolvm sandbox port expose} */
public final class PortExpose extends DataCommand {
    private final Value<String> sandbox =
            declare.parameter("SANDBOX", Converters::text, "The sandbox's name, id or the start of its id.");
    private final Value<Integer> guestPort =
            declare.parameter("GUEST_PORT", Converters::port, "The TCP port in the guest.");
    private final Value<Integer> hostPort = declare.option(
            "--host-port", "PORT", Converters::port, "The port here, on 127.0.0.1 (default: any free one).");

    public PortExpose() {
        super("Forward a local port to a port of a running sandbox.");
        declare.example("smolvm sandbox port expose web 80", "Any free local port to port 80");
        declare.example("smolvm sandbox port expose web 80 --host-port 8080", "http://127.0.0.1:8080 leads to port 80");
    }

    @Override
    protected Result result(Session session) {
        SandboxLibrary sandboxes = session.library().sandboxes();
        PortForward forward = sandboxes.expose(
                sandboxes.resolve(sandbox.get()),
                hostPort.optional().map(OptionalInt::of).orElse(OptionalInt.empty()),
                guestPort.get());
        return Result.of(
                Json.object().put("port", SandboxOutput.port(forward)).build(),
                "127.0.0.1:" + forward.hostPort() + " -> " + forward.guestPort());
    }
}

package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.library.SandboxLibrary;
import dev.smolvm.cli.session.Session;
import dev.smolvm.json.Json;
import dev.smolvm.store.SandboxName;

/** {@code smolvm sandbox port close} */
public final class PortClose extends DataCommand {
    private final Value<String> sandbox =
            declare.parameter("SANDBOX", Converters::text, "The sandbox's name, id or the start of its id.");
    private final Value<Integer> hostPort =
            declare.parameter("HOST_PORT", Converters::port, "The local port, as port list shows it.");

    public PortClose() {
        super("End the forwarding of a local port.");
        declare.example("smolvm sandbox port close web 8080", "127.0.0.1:8080 leads nowhere again");
    }

    @Override
    protected Result result(Session session) {
        SandboxLibrary sandboxes = session.library().sandboxes();
        SandboxName name = sandboxes.resolve(sandbox.get());
        sandboxes.unexpose(name, hostPort.get());
        return Result.of(
                Json.object()
                        .put(
                                "closed",
                                Json.object().put("host_port", hostPort.get()).build())
                        .build(),
                "127.0.0.1:" + hostPort.get() + " closed");
    }
}

package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.library.SandboxLibrary;
import dev.smolvm.cli.output.Table;
import dev.smolvm.cli.session.Session;
import dev.smolvm.json.Json;
import dev.smolvm.sandbox.PortForward;
import java.util.List;

/** {@code smolvm sandbox port list} */
public final class PortList extends DataCommand {
    private final Value<String> sandbox =
            declare.parameter("SANDBOX", Converters::text, "The sandbox's name, id or the start of its id.");

    public PortList() {
        super("List the forwarded ports of a sandbox.");
        declare.example("smolvm sandbox port list web", "Which local port leads where");
    }

    @Override
    protected Result result(Session session) {
        SandboxLibrary sandboxes = session.library().sandboxes();
        List<PortForward> ports =
                sandboxes.info(sandboxes.resolve(sandbox.get())).ports();
        Table table = new Table("LOCAL", "GUEST PORT");
        for (PortForward port : ports) {
            table.row("127.0.0.1:" + port.hostPort(), Integer.toString(port.guestPort()));
        }
        return Result.of(Json.object().put("ports", SandboxOutput.ports(ports)).build(), table::print);
    }
}

package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.output.Printable;
import dev.smolvm.cli.output.Table;
import dev.smolvm.cli.session.Session;
import dev.smolvm.json.Json;
import dev.smolvm.sandbox.SandboxInfo;
import java.util.ArrayList;
import java.util.List;

/** {@code smolvm sandbox list} */
public final class SandboxList extends DataCommand {
    public SandboxList() {
        super("List the sandboxes.");
        declare.example("smolvm sandbox list", "All sandboxes and what they are doing");
        declare.example("smolvm sandbox list --json", "The same for a script");
    }

    @Override
    protected Result result(Session session) {
        List<SandboxInfo> sandboxes = session.library().sandboxes().list();
        List<Json> items = new ArrayList<>();
        Table table = new Table("NAME", "STATUS", "IMAGE", "BACKEND", "MEMORY", "CPUS", "CREATED", "PID");
        for (SandboxInfo sandbox : sandboxes) {
            items.add(SandboxOutput.brief(sandbox).build());
            table.row(
                    sandbox.name().value(),
                    sandbox.status().label(),
                    sandbox.image().value(),
                    sandbox.backend(),
                    SandboxOutput.size(sandbox.memoryMib()),
                    Integer.toString(sandbox.cpus()),
                    Printable.time(sandbox.createdAt()),
                    Printable.orDash(sandbox.pid()));
        }
        return Result.of(Json.object().put("sandboxes", new Json.Arr(items)).build(), table::print);
    }
}

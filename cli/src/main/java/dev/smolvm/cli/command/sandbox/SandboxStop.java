package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.library.SandboxLibrary;
import dev.smolvm.cli.session.Session;
import dev.smolvm.sandbox.SandboxInfo;

/** {@code smolvm sandbox stop} */
public final class SandboxStop extends DataCommand {
    private final Value<String> sandbox =
            declare.parameter("SANDBOX", Converters::text, "The sandbox's name, id or the start of its id.");
    private final Flag force = declare.flag("--force", "End the virtual machine at once, as a power cut would.");

    public SandboxStop() {
        super("Shut a sandbox down; its disk stays.");
        declare.example("smolvm sandbox stop web", "Shut the guest down in an orderly way");
        declare.example("smolvm sandbox stop --force web", "Do not wait for the guest");
    }

    @Override
    protected Result result(Session session) {
        SandboxLibrary sandboxes = session.library().sandboxes();
        SandboxInfo info = sandboxes.stop(sandboxes.resolve(sandbox.get()), force.given());
        return SandboxOutput.changed(info, info.status().label());
    }
}

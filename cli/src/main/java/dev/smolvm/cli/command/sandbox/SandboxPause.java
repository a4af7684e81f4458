package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.library.SandboxLibrary;
import dev.smolvm.cli.session.Session;
import dev.smolvm.sandbox.SandboxInfo;

/** {@code smolvm sandbox pause} */
public final class SandboxPause extends DataCommand {
    private final Value<String> sandbox =
            declare.parameter("SANDBOX", Converters::text, "The sandbox's name, id or the start of its id.");

    public SandboxPause() {
        super("Stop a sandbox's virtual CPUs; memory and processes stay.");
        declare.example("smolvm sandbox pause web", "Hold everything in it where it is");
    }

    @Override
    protected Result result(Session session) {
        SandboxLibrary sandboxes = session.library().sandboxes();
        SandboxInfo info = sandboxes.pause(sandboxes.resolve(sandbox.get()));
        return SandboxOutput.changed(info, info.status().label());
    }
}

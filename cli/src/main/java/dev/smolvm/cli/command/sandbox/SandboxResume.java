package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.library.SandboxLibrary;
import dev.smolvm.cli.session.Session;
import dev.smolvm.sandbox.SandboxInfo;

/** {@code smolvm sandbox resume} */
public final class SandboxResume extends DataCommand {
    private final Value<String> sandbox =
            declare.parameter("SANDBOX", Converters::text, "The sandbox's name, id or the start of its id.");

    public SandboxResume() {
        super("Let a paused sandbox go on.");
        declare.example("smolvm sandbox resume web", "Go on where it was paused");
    }

    @Override
    protected Result result(Session session) {
        SandboxLibrary sandboxes = session.library().sandboxes();
        SandboxInfo info = sandboxes.resume(sandboxes.resolve(sandbox.get()));
        return SandboxOutput.changed(info, info.status().label());
    }
}

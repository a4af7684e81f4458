package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.library.SandboxLibrary;
import dev.smolvm.cli.session.Session;
import dev.smolvm.sandbox.SandboxInfo;

/** {@code smolvm sandbox info} */
public final class SandboxInfoCommand extends DataCommand {
    private final Value<String> sandbox =
            declare.parameter("SANDBOX", Converters::text, "The sandbox's name, id or the start of its id.");

    public SandboxInfoCommand() {
        super("Show all there is to tell about a sandbox.");
        declare.example("smolvm sandbox info web", "Status, disk, address, ports and parent snapshot");
    }

    @Override
    protected Result result(Session session) {
        SandboxLibrary sandboxes = session.library().sandboxes();
        SandboxInfo info = sandboxes.info(sandboxes.resolve(sandbox.get()));
        return Result.of(SandboxOutput.one(info), SandboxOutput.fields(info)::print);
    }
}

package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.library.SandboxLibrary;
import dev.smolvm.cli.session.Session;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.store.SandboxName;
import java.time.Duration;

/** {@code smolvm sandbox start} */
public final class SandboxStart extends DataCommand {
    private final Value<String> sandbox =
            declare.parameter("SANDBOX", Converters::text, "The sandbox's name, id or the start of its id.");
    private final Value<Duration> bootTimeout = declare.option(
            "--boot-timeout", "SECONDS", Converters::duration, "How long the guest may take to answer (default 120).");

    public SandboxStart() {
        super("Boot a stopped or crashed sandbox from its disk.");
        declare.example("smolvm sandbox start web", "Boot it and wait until it is ready");
    }

    @Override
    protected Result result(Session session) throws Exception {
        SandboxLibrary sandboxes = session.library().sandboxes();
        SandboxName name = sandboxes.resolve(sandbox.get());
        SandboxInfo info = session.withProgress(
                p -> sandboxes.start(name, bootTimeout.or(SandboxRequest.DEFAULT_BOOT_TIMEOUT), p));
        return SandboxOutput.changed(info, info.status().label());
    }
}

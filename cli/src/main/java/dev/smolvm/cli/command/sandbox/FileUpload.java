package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.library.SandboxLibrary;
import dev.smolvm.cli.session.Session;
import dev.smolvm.guest.Guest;
import dev.smolvm.store.SandboxName;
import java.nio.file.Path;

/** {@code smolvm sandbox file upload} */
public final class FileUpload extends DataCommand {
    private final Value<String> sandbox =
            declare.parameter("SANDBOX", Converters::text, "The sandbox's name, id or the start of its id.");
    private final Value<Path> local = declare.parameter("LOCAL", Converters::path, "The file or directory here.");
    private final Value<String> target = declare.parameter(
            "GUEST", Converters::text, "Its path in the guest, or an existing directory to put it into.");
    private final Flag recursive =
            declare.flag(new String[] {"-r", "--recursive"}, "Also directories, with their content.");

    public FileUpload() {
        super("Copy a file or directory into a sandbox.", "Modes are kept; sizes do not matter.");
        declare.example("smolvm sandbox file upload web app.tar /tmp/app.tar", "One file");
        declare.example("smolvm sandbox file upload -r web ./src /work", "A directory tree");
    }

    @Override
    protected Result result(Session session) throws Exception {
        SandboxLibrary sandboxes = session.library().sandboxes();
        SandboxName name = sandboxes.resolve(sandbox.get());
        return session.withProgress(progress -> {
            Transfer transfer = new Transfer("upload", progress);
            try (Guest guest = sandboxes.connect(name, Transfer.CONNECT_DEADLINE)) {
                guest.upload(local.get(), target.get(), recursive.given(), transfer);
            }
            return transfer.result(name, local.get(), target.get());
        });
    }
}

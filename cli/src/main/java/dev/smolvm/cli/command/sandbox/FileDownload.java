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

/** {@code smolvm sandbox file download} */
public final class FileDownload extends DataCommand {
    private final Value<String> sandbox =
            declare.parameter("SANDBOX", Converters::text, "The sandbox's name, id or the start of its id.");
    private final Value<String> source =
            declare.parameter("GUEST", Converters::text, "The file or directory in the guest.");
    private final Value<Path> local = declare.parameter("LOCAL", Converters::target, Transfer.LOCAL_TARGET);
    private final Flag recursive =
            declare.flag(new String[] {"-r", "--recursive"}, "Also directories, with their content.");

    public FileDownload() {
        super("Copy a file or directory out of a sandbox.", "Modes are kept; sizes do not matter.");
        declare.example("smolvm sandbox file download web /var/log/app.log .", "One file");
        declare.example("smolvm sandbox file download -r web /work/out ./out", "A directory tree");
    }

    @Override
    protected Result result(Session session) throws Exception {
        SandboxLibrary sandboxes = session.library().sandboxes();
        SandboxName name = sandboxes.resolve(sandbox.get());
        return session.withProgress(progress -> {
            Transfer transfer = new Transfer("download", progress);
            try (Guest guest = sandboxes.connect(name, Transfer.CONNECT_DEADLINE)) {
                guest.download(source.get(), local.get(), recursive.given(), transfer);
            }
            return transfer.result(name, local.get(), source.get());
        });
    }
}

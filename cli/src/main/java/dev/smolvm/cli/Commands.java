package dev.smolvm.cli;

import dev.smolvm.cli.command.host.Doctor;
import dev.smolvm.cli.command.host.Quickstart;
import dev.smolvm.cli.command.host.Setup;
import dev.smolvm.cli.command.image.ImageBuild;
import dev.smolvm.cli.command.image.ImageImport;
import dev.smolvm.cli.command.image.ImageInspect;
import dev.smolvm.cli.command.image.ImageList;
import dev.smolvm.cli.command.image.ImageRemove;
import dev.smolvm.cli.command.sandbox.FileDownload;
import dev.smolvm.cli.command.sandbox.FileUpload;
import dev.smolvm.cli.command.sandbox.PortClose;
import dev.smolvm.cli.command.sandbox.PortExpose;
import dev.smolvm.cli.command.sandbox.PortList;
import dev.smolvm.cli.command.sandbox.SandboxCheckpoint;
import dev.smolvm.cli.command.sandbox.SandboxCreate;
import dev.smolvm.cli.command.sandbox.SandboxDelete;
import dev.smolvm.cli.command.sandbox.SandboxExec;
import dev.smolvm.cli.command.sandbox.SandboxFork;
import dev.smolvm.cli.command.sandbox.SandboxInfoCommand;
import dev.smolvm.cli.command.sandbox.SandboxList;
import dev.smolvm.cli.command.sandbox.SandboxLogs;
import dev.smolvm.cli.command.sandbox.SandboxPause;
import dev.smolvm.cli.command.sandbox.SandboxResume;
import dev.smolvm.cli.command.sandbox.SandboxRunGuarded;
import dev.smolvm.cli.command.sandbox.SandboxShell;
import dev.smolvm.cli.command.sandbox.SandboxStart;
import dev.smolvm.cli.command.sandbox.SandboxStop;
import dev.smolvm.cli.command.snapshot.SnapshotCopy;
import dev.smolvm.cli.command.snapshot.SnapshotCreate;
import dev.smolvm.cli.command.snapshot.SnapshotDelete;
import dev.smolvm.cli.command.snapshot.SnapshotDiff;
import dev.smolvm.cli.command.snapshot.SnapshotExport;
import dev.smolvm.cli.command.snapshot.SnapshotImport;
import dev.smolvm.cli.command.snapshot.SnapshotInfoCommand;
import dev.smolvm.cli.command.snapshot.SnapshotLabel;
import dev.smolvm.cli.command.snapshot.SnapshotList;
import dev.smolvm.cli.command.snapshot.SnapshotPrune;
import dev.smolvm.cli.command.snapshot.SnapshotRestore;
import dev.smolvm.cli.command.snapshot.SnapshotTree;
import dev.smolvm.cli.command.snapshot.SnapshotVerify;
import dev.smolvm.cli.command.store.StoreCheck;
import dev.smolvm.cli.command.store.StoreCompact;
import dev.smolvm.cli.command.store.StoreUsageCommand;
import dev.smolvm.cli.completion.Completion;
import dev.smolvm.cli.tree.CommandNode;
import dev.smolvm.cli.tree.CommandNode.Group;
import dev.smolvm.cli.tree.CommandNode.Leaf;
import java.util.List;

/** The words of the command line. */
final class Commands {
    static final Group ROOT =
            new Group(Cli.PROGRAM, "Disposable Linux virtual machines with live snapshots.", Commands::top);

    private Commands() {}

    private static List<CommandNode> top() {
        return List.of(
                new Leaf("setup", Setup::new),
                new Leaf("doctor", Doctor::new),
                new Leaf("quickstart", Quickstart::new),
                new Group("image", "Build, import, list and remove images.", Commands::image),
                new Group("sandbox", "Create sandboxes and work in them.", Commands::sandbox),
                new Group("store", "Look after the directory that holds everything.", Commands::store),
                new Leaf("completion", () -> new Completion(ROOT)));
    }

    private static List<CommandNode> image() {
        return List.of(
                new Leaf("build", ImageBuild::new),
                new Leaf("import", ImageImport::new),
                new Leaf("list", ImageList::new),
                new Leaf("inspect", ImageInspect::new),
                new Leaf("rm", ImageRemove::new));
    }

    private static List<CommandNode> sandbox() {
        return List.of(
                new Leaf("create", SandboxCreate::new),
                new Leaf("list", SandboxList::new),
                new Leaf("info", SandboxInfoCommand::new),
                new Leaf("start", SandboxStart::new),
                new Leaf("stop", SandboxStop::new),
                new Leaf("pause", SandboxPause::new),
                new Leaf("resume", SandboxResume::new),
                new Leaf("delete", SandboxDelete::new),
                new Leaf("logs", SandboxLogs::new),
                new Leaf("exec", SandboxExec::new),
                new Leaf("shell", SandboxShell::new),
                new Leaf("fork", SandboxFork::new),
                new Leaf("run-guarded", SandboxRunGuarded::new),
                new Leaf("checkpoint", SandboxCheckpoint::new),
                new Group("file", "Copy files into and out of a sandbox.", Commands::file),
                new Group("port", "Forward local ports to a sandbox.", Commands::port),
                new Group("snapshot", "Save sandboxes and go back.", Commands::snapshot));
    }

    private static List<CommandNode> file() {
        return List.of(new Leaf("upload", FileUpload::new), new Leaf("download", FileDownload::new));
    }

    private static List<CommandNode> port() {
        return List.of(
                new Leaf("expose", PortExpose::new),
                new Leaf("close", PortClose::new),
                new Leaf("list", PortList::new));
    }

    private static List<CommandNode> snapshot() {
        return List.of(
                new Leaf("create", SnapshotCreate::new),
                new Leaf("restore", SnapshotRestore::new),
                new Leaf("list", SnapshotList::new),
                new Leaf("info", SnapshotInfoCommand::new),
                new Leaf("tree", SnapshotTree::new),
                new Leaf("label", SnapshotLabel::new),
                new Leaf("diff", SnapshotDiff::new),
                new Leaf("copy", SnapshotCopy::new),
                new Leaf("verify", SnapshotVerify::new),
                new Leaf("export", SnapshotExport::new),
                new Leaf("import", SnapshotImport::new),
                new Leaf("delete", SnapshotDelete::new),
                new Leaf("prune", SnapshotPrune::new));
    }

    private static List<CommandNode> store() {
        return List.of(
                new Leaf("check", StoreCheck::new),
                new Leaf("usage", StoreUsageCommand::new),
                new Leaf("compact", StoreCompact::new));
    }
}

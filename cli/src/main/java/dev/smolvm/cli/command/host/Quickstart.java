package dev.smolvm.cli.command.host;

import dev.smolvm.cli.command.Command;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.library.Library;
import dev.smolvm.cli.session.Session;
import dev.smolvm.image.ImageRequest;
import dev.smolvm.image.Images.IfExists;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.util.Optional;

/** {@code smolvm quickstart}: the main job, shown on a real sandbox. The launcher has prepared the machine before. */
public final class Quickstart extends Command {
    private static final ImageName TINY = new ImageName("tiny");

    private final Flag keep = declare.flag("--keep", "Keep the sandbox and the snapshot, to go on with them.");

    public Quickstart() {
        super(
                "See all of it work: prepare, build, create, save, destroy, restore.",
                "Installs what is missing (it shows the commands and asks), builds the tool and the default image"
                        + " where they are not built, and then: a process counts in memory, a snapshot is taken while"
                        + " it runs, process and file are destroyed, and the restore brings both back.");
        declare.flag(new String[] {"-y", "--yes"}, "Do not ask before installing.");
        declare.example("smolvm quickstart", "All of it, with the time each step took");
        declare.example("smolvm quickstart --yes --keep", "Do not ask, and leave the sandbox to look at");
    }

    @Override
    protected int execute(String name, Session session) throws Exception {
        Library library = session.library();
        Stopwatch steps = new Stopwatch(session.out(), session.outStyle());
        if (library.images().find(TINY).isEmpty()) {
            session.withProgress(
                    p -> library.images().build(new ImageRequest.Tiny(TINY), IfExists.FAIL, p, note -> session.err()
                            .println(note)));
            steps.done("built the image " + TINY);
        } else {
            steps.done("found the image " + TINY);
        }
        String label = "quickstart-" + ProcessHandle.current().pid();
        SandboxName sandbox = new SandboxName(label);
        SnapshotId snapshot = new SnapshotId(label);
        try (Cleanup cleanup = new Cleanup()) {
            session.withProgress(
                    p -> library.sandboxes().create(SandboxRequest.of(TINY).named(label), p));
            cleanup.add(() -> library.sandboxes().delete(sandbox, true));
            steps.done("created the sandbox " + sandbox + ", ready for its first command");
            Demonstration demonstration = new Demonstration(library.sandboxes(), sandbox);
            demonstration.begin();
            long before = demonstration.counter();
            steps.done("started a process that counts in memory (now at " + before + ") and wrote a file");
            session.withProgress(p -> library.snapshots()
                    .create(
                            new SnapshotRequest(
                                    sandbox,
                                    Optional.of(snapshot),
                                    SnapshotType.FULL,
                                    true,
                                    false,
                                    FlushPolicy.REQUIRED),
                            p));
            cleanup.add(() -> library.snapshots().delete(snapshot));
            steps.done("took the full snapshot " + snapshot + " while it ran");
            demonstration.destroy();
            steps.done("killed the process and removed the file");
            session.withProgress(p -> library.snapshots().restore(new RestoreRequest(snapshot, true, false), p));
            steps.done("restored the snapshot");
            long after = demonstration.counterAfterRestore(before);
            demonstration.checkFile();
            steps.done("the process counts on (" + before + " -> " + after + "), and the file is back");
            if (keep.given()) {
                cleanup.cancel();
                session.out().println("kept; look around with: smolvm sandbox shell " + sandbox);
            }
        }
        if (!keep.given()) {
            steps.done("cleaned up");
        }
        steps.total("done");
        return 0;
    }
}

package dev.smolvm;

import dev.smolvm.archive.Archives;
import dev.smolvm.checkpoint.Checkpoints;
import dev.smolvm.checkpoint.GuardedRun;
import dev.smolvm.fork.Forks;
import dev.smolvm.guest.connect.GuestConnectors;
import dev.smolvm.history.History;
import dev.smolvm.image.Images;
import dev.smolvm.inspect.Inspection;
import dev.smolvm.sandbox.Recovery;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxRecords;
import dev.smolvm.sandbox.Sandboxes;
import dev.smolvm.snapshot.Snapshots;
import dev.smolvm.store.BlobCollector;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.template.InstantCreation;
import dev.smolvm.upkeep.Upkeep;
import dev.smolvm.vmm.Vmms;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;

/**
 * The library's way in: everything in one store. Opening is cheap, and puts right what commands that died left half done;
 * there is nothing to close.
 */
public final class SmolVm {
    private final SandboxContext context;

    private SmolVm(SandboxContext context) {
        this.context = context;
    }

    /** @param lockTimeout how long an operation waits for a busy object before it reports what holds it */
    public static SmolVm open(Path home, Duration lockTimeout) {
        return open(home, lockTimeout, System.getenv());
    }

    /** @param environment SMOLVM_QEMU, SMOLVM_FIRECRACKER, SMOLVM_JAILER and PATH tell where the VMMs are */
    public static SmolVm open(Path home, Duration lockTimeout, Map<String, String> environment) {
        return open(home, lockTimeout, layout -> new Vmms(layout, environment));
    }

    /** For tests, whose VMMs need not be what this host has. */
    static SmolVm open(Path home, Duration lockTimeout, Function<StoreLayout, Vmms> vmms) {
        Store store = Store.open(home, lockTimeout);
        SandboxContext context = new SandboxContext(
                store,
                new SandboxRecords(store),
                vmms.apply(store.layout()),
                new Images(store),
                GuestConnectors.standard(),
                new BlobCollector(store));
        new Recovery(context).sweep();
        return new SmolVm(context);
    }

    /** {@code $SMOLVM_HOME}, by default {@code ~/.smolvm}. */
    public static Path defaultHome(Map<String, String> environment) {
        String home = environment.get("SMOLVM_HOME");
        return home == null || home.isEmpty() ? Path.of(System.getProperty("user.home"), ".smolvm") : Path.of(home);
    }

    public Store store() {
        return context.store();
    }

    public Images images() {
        return context.images();
    }

    public Sandboxes sandboxes() {
        return new Sandboxes(context, new InstantCreation(context));
    }

    public Snapshots snapshots() {
        return new Snapshots(context);
    }

    public Forks forks() {
        return new Forks(context);
    }

    public Upkeep upkeep() {
        return new Upkeep(context);
    }

    public History history() {
        return new History(context);
    }

    public Checkpoints checkpoints() {
        return new Checkpoints(context);
    }

    public GuardedRun guardedRun() {
        return new GuardedRun(context);
    }

    public Archives archives() {
        return new Archives(context);
    }

    public Inspection inspection() {
        return new Inspection(context);
    }
}

package dev.smolvm;

import dev.smolvm.sandbox.Sandboxes;
import dev.smolvm.snapshot.Snapshots;
import dev.smolvm.store.Store;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** The library's way in: everything in one store. Opening is cheap; there is nothing to close. */
public final class SmolVm {
    private final Store store;

    private SmolVm(Store store) {
        this.store = store;
    }

    /** @param lockTimeout how long an operation waits for a busy object before it reports what holds it */
    public static SmolVm open(Path home, Duration lockTimeout) {
        return new SmolVm(Store.open(home, lockTimeout));
    }

    /** {@code $SMOLVM_HOME}, by default {@code ~/.smolvm}. */
    public static Path defaultHome(Map<String, String> environment) {
        String home = environment.get("SMOLVM_HOME");
        return home == null || home.isEmpty() ? Path.of(System.getProperty("user.home"), ".smolvm") : Path.of(home);
    }

    public Store store() {
        return store;
    }

    public Sandboxes sandboxes() {
        return new Sandboxes();
    }

    public Snapshots snapshots() {
        return new Snapshots();
    }
}

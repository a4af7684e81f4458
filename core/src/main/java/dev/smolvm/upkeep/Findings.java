package dev.smolvm.upkeep;

import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Gathers what is found, and repairs what may be repaired as soon as it is found, while its lock is held. */
final class Findings {
    private static final String REPAIR = "smolvm store check --repair";
    /** What only a reading of all data finds, too. */
    static final String REPAIR_ALL = "smolvm store check --data --repair";

    private final boolean repair;
    private final List<Finding> all = new ArrayList<>();

    Findings(boolean repair) {
        this.repair = repair;
    }

    /** Puts something right. */
    @FunctionalInterface
    interface Repair {
        void run() throws IOException;
    }

    boolean repairs() {
        return repair;
    }

    void add(Finding.Kind kind, Path path, String what, String consequence, String next) {
        all.add(new Finding(kind, path, what, consequence, next, false));
    }

    void repairable(Finding.Kind kind, Path path, String what, String consequence, Repair how) {
        repairable(kind, path, what, consequence, REPAIR, how);
    }

    /** @param command the one that repairs it */
    void repairable(Finding.Kind kind, Path path, String what, String consequence, String command, Repair how) {
        if (!repair) {
            add(kind, path, what, consequence, command);
            return;
        }
        try {
            how.run();
            all.add(new Finding(kind, path, what, consequence, "", true));
        } catch (IOException | SmolVmException e) {
            add(kind, path, what, consequence + "; not repaired: " + e.getMessage(), command);
        }
    }

    void unknown(Path path) {
        add(
                Finding.Kind.UNKNOWN,
                path,
                "not a file of smolvm's",
                "nothing uses it, and smolvm never removes it",
                "rm -r " + dev.smolvm.os.Shell.quote(path.toString()));
    }

    void planted(Path path, String what) {
        add(
                Finding.Kind.PLANTED,
                path,
                what,
                "smolvm does not follow it; what it stands for cannot be used",
                "rm " + dev.smolvm.os.Shell.quote(path.toString()));
    }

    void busy(Path path, String what) {
        add(Finding.Kind.BUSY, path, what, "it was not checked", "smolvm store check");
    }

    List<Finding> all() {
        return all;
    }
}

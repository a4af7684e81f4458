package dev.smolvm.cli;

import dev.smolvm.SmolVm;
import dev.smolvm.cli.library.OpenedLibrary;
import dev.smolvm.cli.session.Surroundings;
import dev.smolvm.cli.terminal.ProcessEnd;
import dev.smolvm.cli.terminal.ProcessSignals;
import dev.smolvm.cli.terminal.Tty;
import dev.smolvm.host.Doctor;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;

/** The process: its streams, its environment, its exit code. */
public final class Main {
    /** Set by the launcher: to ask from here would take a native call at every start. */
    private static final String TERMINALS = "smolvm.terminals";

    /** What LC_ALL was, perhaps empty, where the launcher replaced it for the JVM's sake. */
    private static final String LC_ALL = "smolvm.lc_all";

    private static final String SELECTOR_PROPERTY = "java.nio.channels.spi.SelectorProvider";
    private static final String SELECTORS = "sun.nio.ch.EPollSelectorProvider";

    private Main() {}

    public static void main(String[] args) {
        useTheJdksSelectors();
        int exitCode = new Cli(
                        surroundings(
                                new FileInputStream(FileDescriptor.in),
                                new FileOutputStream(FileDescriptor.out),
                                new FileOutputStream(FileDescriptor.err),
                                usersEnvironment(System.getenv(), System.getProperty(LC_ALL))),
                        Commands.ROOT)
                .run(args);
        ProcessEnd.now(exitCode);
    }

    /**
     * Says which implementation of socket channels there is: to find that there is no other one, the JDK opens every jar in the
     * class path, which takes 15 ms.
     */
    static void useTheJdksSelectors() {
        try {
            if (System.getProperty(SELECTOR_PROPERTY) == null) {
                System.setProperty(
                        SELECTOR_PROPERTY, Class.forName(SELECTORS, false, null).getName());
            }
        } catch (ClassNotFoundException e) {
            // A JDK in which it is called something else looks for it.
        }
    }

    /** @param lcAll null: as it is */
    static Map<String, String> usersEnvironment(Map<String, String> environment, String lcAll) {
        if (lcAll == null) {
            return environment;
        }
        Map<String, String> users = new HashMap<>(environment);
        if (lcAll.isEmpty()) {
            users.remove("LC_ALL");
        } else {
            users.put("LC_ALL", lcAll);
        }
        return users;
    }

    static Surroundings surroundings(
            InputStream in, OutputStream out, OutputStream err, Map<String, String> environment) {
        return new Surroundings(
                in,
                out,
                err,
                Surroundings.Terminals.of(System.getProperty(TERMINALS, "")),
                environment,
                timeout -> OpenedLibrary.of(SmolVm.open(SmolVm.defaultHome(environment), timeout, environment)),
                () -> new Doctor(environment, SmolVm.defaultHome(environment)).examine(),
                new ProcessSignals(),
                new Tty());
    }
}

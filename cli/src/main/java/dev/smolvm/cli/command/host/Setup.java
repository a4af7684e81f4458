package dev.smolvm.cli.command.host;

import dev.smolvm.cli.command.Command;
import dev.smolvm.cli.session.Session;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.host.Check;

/**
 * {@code smolvm setup}: what is left of it once the launcher has installed what was missing ({@code scripts/host-setup.sh},
 * which must work before there is a JVM).
 */
public final class Setup extends Command {
    public Setup() {
        super(
                "Prepare this machine: install what is missing and build the tool.",
                "Shows the exact commands and asks before it runs them, as root or with sudo. Without a terminal it"
                        + " does not ask.");
        declare.flag(new String[] {"-y", "--yes"}, "Do not ask.");
        declare.example("smolvm setup", "See what would be done, and agree to it");
        declare.example("smolvm setup --yes", "Just do it");
    }

    @Override
    protected int execute(String name, Session session) {
        for (Check check : session.surroundings().hostChecks().get()) {
            if (check.status() == Check.Status.FAIL) {
                throw new SmolVmException(
                        ErrorKind.UNSUPPORTED, check.title() + " is missing: " + check.detail(), check.fix());
            }
        }
        session.out().println("this machine is ready (details: smolvm doctor)");
        return 0;
    }
}

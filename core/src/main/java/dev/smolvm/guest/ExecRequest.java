package dev.smolvm.guest;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A command to run in a guest.
 *
 * @param user the guest's user name; empty: root (over SSH: the image's SSH user)
 * @param workdir empty: the user's home
 * @param timeout the guest kills the command after this time
 * @param terminal present: runs on a pseudo-terminal of this size
 */
public record ExecRequest(
        List<String> command,
        Map<String, String> environment,
        Optional<String> workdir,
        Optional<String> user,
        Optional<Duration> timeout,
        Optional<TerminalSize> terminal) {
    public ExecRequest {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        if (command.isEmpty()) {
            throw new IllegalArgumentException("no command");
        }
    }

    public static ExecRequest of(String... command) {
        return new ExecRequest(
                List.of(command), Map.of(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }
}

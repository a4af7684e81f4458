package dev.smolvm.guest.ssh;

import dev.smolvm.guest.ExecRequest;
import java.util.Map;
import java.util.Optional;

/** Command lines for the login shell behind an SSH exec request (POSIX sh). */
final class ShellText {
    private ShellText() {}

    /** One word, whatever it holds. */
    static String quote(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }

    /**
     * {@code cd DIR && exec [sudo -n -H -u USER --] env K=V… CMD…}; root changes users with {@code runuser}, since a small
     * image has no sudo.
     */
    static String commandLine(ExecRequest request, String loginUser) {
        StringBuilder line = new StringBuilder();
        if (request.workdir().isPresent()) {
            line.append("cd -- ").append(quote(request.workdir().get())).append(" && ");
        }
        line.append("exec ");
        Optional<String> user = request.user().filter(u -> !u.equals(loginUser));
        if (user.isPresent()) {
            line.append(loginUser.equals("root") ? "runuser -u " : "sudo -n -H -u ")
                    .append(quote(user.get()))
                    .append(" -- ");
        }
        line.append("env");
        for (Map.Entry<String, String> variable : request.environment().entrySet()) {
            line.append(' ').append(quote(variable.getKey() + "=" + variable.getValue()));
        }
        for (String argument : request.command()) {
            line.append(' ').append(quote(argument));
        }
        return line.toString();
    }

    /** A script, for root. A disk may appear a moment after the guest answers. */
    static String mount(String serial, String directory, String fileSystem, boolean readOnly) {
        return """
                serial=%s directory=%s
                for try in 1 2 3 4 5; do
                    for disk in /sys/block/vd*; do
                        [ "$(cat "$disk/serial" 2>/dev/null)" != "$serial" ] || break 2
                    done
                    disk=
                    sleep 0.2
                done
                [ "$disk" ] || { echo "no disk of that serial" >&2; exit 1; }
                mkdir -p "$directory" || exit 1
                [ "$(mountpoint -d "$directory" 2>/dev/null)" != "$(cat "$disk/dev")" ] || exit 0
                mount -t %s -o noatime,%s "/dev/${disk##*/}" "$directory"
                """
                .formatted(quote(serial), quote(directory), quote(fileSystem), readOnly ? "ro" : "rw");
    }

    /** A script that needs root. */
    static String asRoot(String script, String loginUser) {
        return (loginUser.equals("root") ? "sh -c " : "sudo -n sh -c ") + quote(script);
    }
}

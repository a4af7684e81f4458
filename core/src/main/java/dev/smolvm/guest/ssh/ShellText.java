package dev.smolvm.guest.ssh;

import dev.smolvm.guest.ExecRequest;
import java.time.Duration;
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

    /**
     * A script, for root: prints how many KiB of caches it dropped, and of free memory it filled with zeros, in a file system
     * in memory. What guest/agent/trim.c does, in a shell.
     */
    static String trim(long untouchedBytes, Duration time) {
        return """
                memory() { while read -r key value _; do [ "$key" != "$1:" ] || { echo "$value"; break; }; done </proc/meminfo; }
                before=$(memory MemFree)
                sync
                echo 3 > /proc/sys/vm/drop_caches || exit 1
                free=$(memory MemFree)
                dropped=$((free - before)); [ $dropped -ge 0 ] || dropped=0
                goal=$((free - %d)); [ $goal -ge $dropped ] || goal=$dropped
                most=$((free - 16384 - $(memory MemTotal) / 64)); [ $goal -le $most ] || goal=$most
                goal=$((goal / 1024)); cleared=0
                if [ $goal -gt 0 ]; then
                    zeros=$(mktemp -d) || exit 1
                    trap 'umount "$zeros" 2>/dev/null; rmdir "$zeros"' EXIT
                    trap 'exit 1' HUP INT TERM
                    mount -t tmpfs -o size=${goal}m,mode=0700 zeros "$zeros" || exit 1
                    timeout %d dd if=/dev/zero of="$zeros/zeros" bs=1M count=$goal 2>/dev/null
                    cleared=$(($(wc -c <"$zeros/zeros") / 1024))
                fi
                echo $dropped $cleared
                """
                .formatted(untouchedBytes >> 10, Math.max(1, time.toSeconds()));
    }

    /** A script that needs root. */
    static String asRoot(String script, String loginUser) {
        return (loginUser.equals("root") ? "sh -c " : "sudo -n sh -c ") + quote(script);
    }
}

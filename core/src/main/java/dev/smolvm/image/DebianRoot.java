package dev.smolvm.image;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Bootstraps Debian through mmdebstrap, which takes the archive, keys and proxy that the machine's own apt uses for that
 * release.
 */
final class DebianRoot {
    static final List<String> PACKAGES =
            List.of("bash", "ca-certificates", "iproute2", "openssh-server", "procps", "python3", "python3-minimal");

    private static final String DEFAULT_RELEASE = "bookworm";
    private static final Pattern PACKAGE = Pattern.compile("[a-z0-9][a-z0-9+.-]{1,99}");
    private static final Duration TIMEOUT = Duration.ofMinutes(30);

    /** What mmdebstrap says at the beginning of each of its steps, and what we call it. */
    private static final Map<String, String> STEPS = Map.of(
            "running apt-get update", "update the package lists",
            "downloading packages", "download packages",
            "extracting archives", "unpack packages",
            "installing essential", "install essential packages",
            "installing remaining", "install the other packages",
            "creating tarball", "pack the system");

    /**
     * Every image is one machine until it is used: nothing that identifies a machine may be in it. The agent makes host keys
     * and a machine-id at the first boot and on a fork.
     */
    private static final String SCRUB = "rm -f \"$1\"/etc/ssh/ssh_host_*_key* \"$1\"/var/lib/dbus/machine-id"
            + " \"$1\"/var/lib/systemd/random-seed && : >\"$1\"/etc/machine-id && : >\"$1\"/etc/resolv.conf"
            + " && echo smolvm >\"$1\"/etc/hostname"
            + " && printf '127.0.0.1 localhost\\n::1 localhost ip6-localhost ip6-loopback\\n' >\"$1\"/etc/hosts";

    private DebianRoot() {}

    /** Writes the system as a tar archive; returns the release's name. */
    static String build(Path tar, List<String> include, Progress progress) throws IOException {
        String release = release(Files.readString(Path.of("/etc/os-release")));
        TreeSet<String> packages = new TreeSet<>(PACKAGES);
        for (String name : include) {
            packages.add(checked(name));
        }
        List<String> line = new ArrayList<>(List.of(
                "mmdebstrap",
                "--variant=minbase",
                "--format=tar",
                "--include=" + String.join(",", packages),
                "--dpkgopt=path-exclude=/usr/share/man/*",
                "--dpkgopt=path-exclude=/usr/share/doc/*",
                "--dpkgopt=path-include=/usr/share/doc/*/copyright",
                "--customize-hook=" + SCRUB,
                release,
                "-"));
        Command.of(line)
                .outputTo(tar)
                .timeout(TIMEOUT)
                .onErrorLine(said -> report(said, progress))
                .advice("check the network and the package names; without root rights it also needs unprivileged user"
                        + " namespaces and a range for this user in /etc/subuid (apt-get install uidmap)")
                .check();
        return release;
    }

    /** The running Debian's own release, so that its configured archive serves; another distribution gets our default. */
    static String release(String osRelease) {
        boolean debian = osRelease.lines().anyMatch(l -> l.replace("\"", "").equals("ID=debian"));
        return osRelease
                .lines()
                .filter(l -> debian && l.startsWith("VERSION_CODENAME="))
                .map(l -> l.substring("VERSION_CODENAME=".length()).replace("\"", ""))
                .filter(name -> name.matches("[a-z]+"))
                .findFirst()
                .orElse(DEFAULT_RELEASE);
    }

    static String checked(String name) {
        if (!PACKAGE.matcher(name).matches()) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "'" + name.replaceAll("\\p{Cntrl}", "?") + "' is not a Debian package name",
                    "give one package name with each --include");
        }
        return name;
    }

    private static void report(String said, Progress progress) {
        for (var step : STEPS.entrySet()) {
            if (said.startsWith("I: " + step.getKey())) {
                progress.step(step.getValue());
            }
        }
        int percent = said.indexOf('%');
        int start = percent;
        while (start > 0 && (Character.isDigit(said.charAt(start - 1)) || said.charAt(start - 1) == '.')) {
            start--;
        }
        if (percent > start) {
            try {
                progress.advance((long) Double.parseDouble(said.substring(start, percent)), 100);
            } catch (NumberFormatException e) {
                // A percent sign that means something else.
            }
        }
    }
}

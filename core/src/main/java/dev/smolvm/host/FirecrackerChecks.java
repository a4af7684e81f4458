package dev.smolvm.host;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Programs;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.FirecrackerInstallation;
import dev.smolvm.vmm.Vmms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether sandboxes can run on Firecracker too. QEMU is enough, so nothing here is a failure; and where there is no Firecracker,
 * what it would need is not looked for.
 *
 * @param accelerator what this host can do
 * @param root whether we are
 * @param tun the device that makes network interfaces
 * @param settings the kernel's, {@code /proc/sys}
 */
record FirecrackerChecks(
        Map<String, String> environment, Accelerator.Detected accelerator, boolean root, Path tun, Path settings) {
    private static final String ID = "firecracker";
    private static final String TITLE = "Firecracker";
    /** Between a sandbox's network namespace and the host's network. */
    private static final String WAY_OUT = "slirp4netns";

    private static final String NAMESPACES = "user_namespaces";
    private static final String NAMESPACES_TITLE = "User namespaces";

    static FirecrackerChecks ofThisHost(Map<String, String> environment) {
        return new FirecrackerChecks(
                environment, Accelerator.detect(), Programs.isRoot(), Path.of("/dev/net/tun"), Path.of("/proc/sys"));
    }

    List<Check> examine() {
        try {
            return found(Vmms.inspectFirecracker(environment));
        } catch (SmolVmException e) {
            return List.of(unusable(e), backend("Firecracker can't be used"));
        }
    }

    private List<Check> found(FirecrackerInstallation firecracker) {
        List<Check> checks = new ArrayList<>();
        checks.add(binary(firecracker));
        checks.add(
                kvm()
                        ? Check.ok(
                                "backend", "Backend", "--backend auto takes Firecracker where it can do what is asked")
                        : backend("Firecracker needs KVM"));
        if (root) {
            checks.add(jailer(firecracker));
        } else {
            checks.add(userNamespaces());
        }
        checks.add(tunDevice());
        checks.add(wayOut());
        return checks;
    }

    private boolean kvm() {
        return accelerator.accelerator() == Accelerator.KVM;
    }

    private static Check backend(String whyNotFirecracker) {
        return Check.ok("backend", "Backend", "--backend auto takes QEMU: " + whyNotFirecracker);
    }

    /** To install it is no help where it could not run. */
    private Check unusable(SmolVmException why) {
        return why.kind() == ErrorKind.NOT_FOUND && !kvm()
                ? Check.warn(ID, TITLE, why.getMessage() + "; it needs KVM, which does not work here", "")
                : Check.warn(ID, TITLE, why.getMessage(), why.advice());
    }

    private static Check binary(FirecrackerInstallation firecracker) {
        String detail =
                firecracker.version() + ", state files " + firecracker.stateFormat() + ", " + firecracker.path();
        return firecracker.known()
                ? Check.ok(ID, TITLE, detail)
                : Check.warn(
                        ID,
                        TITLE,
                        detail + ": newer than those that smolvm knows",
                        "if sandboxes don't start, install Firecracker 1.17 or older");
    }

    private static Check jailer(FirecrackerInstallation firecracker) {
        String title = "Firecracker's jailer";
        Optional<Path> jailer = firecracker.jailer();
        if (jailer.isEmpty()) {
            return Check.warn(
                    "jailer",
                    title,
                    "jailer is not there: Firecracker runs as root, though without capabilities",
                    "put the jailer of the same release beside " + firecracker.path());
        }
        return firecracker.limits()
                ? Check.ok("jailer", title, jailer.get().toString())
                : Check.warn(
                        "jailer",
                        title,
                        jailer.get() + "; cgroups can't be made, so nothing limits what Firecracker uses",
                        "mount cgroup v2 on /sys/fs/cgroup, writable, with the controllers cpu, memory and pids");
    }

    private Check tunDevice() {
        String title = "TUN device";
        if (!Files.exists(tun)) {
            return Check.warn("tun", title, tun + " is not there: " + noNetwork(), asRoot("modprobe tun"));
        }
        return Files.isReadable(tun) && Files.isWritable(tun)
                ? Check.ok("tun", title, tun.toString())
                : Check.warn(
                        "tun", title, "this user may not use " + tun + ": " + noNetwork(), asRoot("chmod 666 " + tun));
    }

    private static Check wayOut() {
        return Programs.find(WAY_OUT)
                .map(path -> Check.ok(WAY_OUT, WAY_OUT, path.toString()))
                .orElseGet(() -> Check.warn(
                        WAY_OUT, WAY_OUT, WAY_OUT + " is not there: " + noNetwork(), Programs.installCommand(WAY_OUT)));
    }

    private static String noNetwork() {
        return "on Firecracker, sandboxes need --network none";
    }

    /** Who is not root makes network namespaces only inside a user namespace. */
    private Check userNamespaces() {
        return setting("kernel/unprivileged_userns_clone", "0", "1")
                .or(() -> setting("kernel/apparmor_restrict_unprivileged_userns", "1", "0"))
                .or(() -> setting("user/max_user_namespaces", "0", "10000"))
                .orElseGet(() -> Check.ok(NAMESPACES, NAMESPACES_TITLE, "may be made by any user"));
    }

    /** A warning where a setting has the value that forbids; a kernel without the setting does not forbid. */
    private Optional<Check> setting(String file, String forbids, String allows) {
        Path path = settings.resolve(file);
        try {
            if (!Files.exists(path) || !Files.readString(path).strip().equals(forbids)) {
                return Optional.empty();
            }
        } catch (IOException e) {
            return Optional.empty();
        }
        String name = file.replace('/', '.');
        return Optional.of(Check.warn(
                NAMESPACES,
                NAMESPACES_TITLE,
                name + " is " + forbids + ": " + noNetwork(),
                asRoot("sysctl " + name + "=" + allows)));
    }

    private String asRoot(String command) {
        return root ? command : "sudo " + command;
    }
}

package dev.smolvm.host;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.os.Executables;
import dev.smolvm.os.Programs;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.Vmm;
import dev.smolvm.vmm.VmmCapabilities;
import dev.smolvm.vmm.Vmms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Looks at the machine: what is missing, what works less well, and the command that helps. */
public final class Doctor {
    private static final int JDK = 25;
    private static final List<Path> UEFI = List.of(
            Path.of("/usr/share/OVMF/OVMF_CODE_4M.fd"),
            Path.of("/usr/share/OVMF/OVMF_CODE.fd"),
            Path.of("/usr/share/edk2/x64/OVMF_CODE.4m.fd"));

    private final Map<String, String> environment;
    private final StoreLayout layout;

    public Doctor(Map<String, String> environment, Path home) {
        this.environment = Map.copyOf(environment);
        this.layout = new StoreLayout(home);
    }

    public List<Check> examine() {
        List<Check> checks = new ArrayList<>();
        checks.add(jdk());
        checks.add(qemu());
        checks.add(program("qemu-img", "QEMU disk tool", "converts disks"));
        checks.add(accelerator());
        checks.addAll(FirecrackerChecks.ofThisHost(environment).examine());
        checks.add(program("mke2fs", "ext4 tools", "makes root disks"));
        checks.add(busybox());
        checks.add(apt());
        checks.add(optional("mmdebstrap", "Debian bootstrap", "image build debian does not work"));
        checks.add(optional("zstd", "zstd", "Debian packages compressed with it can't be unpacked"));
        checks.add(uefi());
        checks.add(compiler());
        checks.add(optional("mvn", "Maven", "smolvm can't be built here"));
        checks.add(launcher());
        checks.add(store());
        checks.addAll(new StorageChecks(layout).examine());
        return checks;
    }

    private static Check jdk() {
        int version = Runtime.version().feature();
        String detail = Runtime.version() + " in " + System.getProperty("java.home");
        return version >= JDK
                ? Check.ok("jdk", "JDK", detail)
                : Check.fail(
                        "jdk",
                        "JDK",
                        detail + "; " + JDK + " or newer is needed",
                        "install temurin-" + JDK + "-jdk or openjdk-" + JDK + "-jdk and set JAVA_HOME");
    }

    private Check qemu() {
        String title = "QEMU";
        try {
            Vmm qemu = Vmms.inspectQemu(environment);
            VmmCapabilities can = qemu.capabilities();
            String detail = qemu.version() + ", machine " + qemu.machineType() + ", "
                    + switch (can.memory()) {
                        case MAPPED -> "saves memory live" + (can.directIo() ? " and past the page cache" : "");
                        case STREAM ->
                            "saves memory as a plain stream while the guest stands still, and a restore copies it;"
                                    + " 9.0 or newer does neither";
                    };
            return switch (can.memory()) {
                case MAPPED -> Check.ok("qemu", title, detail);
                case STREAM -> Check.warn("qemu", title, detail, "smolvm setup");
            };
        } catch (SmolVmException e) {
            return Check.fail("qemu", title, e.getMessage(), "smolvm setup");
        }
    }

    private static Check accelerator() {
        Accelerator.Detected detected = Accelerator.detect();
        return switch (detected.accelerator()) {
            case KVM -> Check.ok("accelerator", "Accelerator", "KVM: " + detected.reason());
            case TCG ->
                Check.warn(
                        "accelerator",
                        "Accelerator",
                        "TCG (slower; QEMU makes no isolation promise for it): " + detected.reason(),
                        detected.reason().contains("may not use")
                                ? "sudo usermod -aG kvm $USER, then log in again"
                                : "use a machine with nested or hardware virtualisation for untrusted code");
        };
    }

    private static Check program(String program, String title, String use) {
        return Programs.find(program)
                .map(path -> Check.ok(program, title, path.toString()))
                .orElseGet(() -> Check.fail(
                        program,
                        title,
                        program + ", which " + use + ", is not there",
                        Programs.installCommand(program)));
    }

    private static Check optional(String program, String title, String without) {
        return Programs.find(program)
                .map(path -> Check.ok(program, title, path.toString()))
                .orElseGet(() -> Check.warn(
                        program, title, program + " is not there: " + without, Programs.installCommand(program)));
    }

    private static Check busybox() {
        Optional<Path> path = Programs.find("busybox");
        if (path.isPresent() && Executables.isStatic(path.get())) {
            return Check.ok("busybox", "busybox (static)", path.get().toString());
        }
        return Check.warn(
                "busybox",
                "busybox (static)",
                path.map(p -> p + " is not static").orElse("busybox is not there") + ": image build tiny does not work",
                Programs.installCommand("busybox"));
    }

    private static Check apt() {
        for (String program : List.of("apt-get", "apt-cache", "dpkg-deb")) {
            if (Programs.find(program).isEmpty()) {
                return Check.warn(
                        "apt",
                        "apt and dpkg",
                        program + " is not there: images can be imported, not built",
                        "build images on Debian or a relative of it");
            }
        }
        return Check.ok("apt", "apt and dpkg", Programs.require("apt-get").toString());
    }

    private static Check uefi() {
        return UEFI.stream()
                .filter(Files::isReadable)
                .findFirst()
                .map(path -> Check.ok("uefi", "UEFI firmware", path.toString()))
                .orElseGet(() -> Check.warn(
                        "uefi",
                        "UEFI firmware",
                        "OVMF is not there: images imported with --firmware uefi don't start",
                        Programs.installCommand("ovmf")));
    }

    private static Check compiler() {
        for (String program : List.of("musl-gcc", "cc", "gcc")) {
            Optional<Path> path = Programs.find(program);
            if (path.isPresent()) {
                return Check.ok("compiler", "C compiler", path.get().toString());
            }
        }
        return Check.warn(
                "compiler",
                "C compiler",
                "there is none: smolvm can't be built here",
                Programs.installCommand("gcc", "libc6-dev", "musl-gcc"));
    }

    private static Check launcher() {
        try {
            return LauncherProbe.examine();
        } catch (IOException | SmolVmException | JsonFormatException e) {
            return Check.warn("landlock", "VMM confinement", "not known: " + e.getMessage(), "");
        }
    }

    private Check store() {
        String title = "Store";
        if (!Files.exists(layout.root(), LinkOption.NOFOLLOW_LINKS)) {
            return Check.ok("store", title, layout.root() + " (not there yet; the first command makes it)");
        }
        if (!Files.exists(layout.format(), LinkOption.NOFOLLOW_LINKS) && !isEmpty(layout.root())) {
            return Check.fail(
                    "store",
                    title,
                    layout.root() + " holds other files and is not a store",
                    "set SMOLVM_HOME to a new or empty directory");
        }
        try {
            Store.open(layout.root(), Duration.ZERO);
            return Check.ok(
                    "store",
                    title,
                    layout.root() + ": " + counted(layout.images(), "image") + ", "
                            + counted(layout.sandboxes(), "sandbox") + ", "
                            + counted(layout.snapshots(), "snapshot") + ", "
                            + counted(layout.layers(), "file") + " in layers");
        } catch (SmolVmException e) {
            return Check.fail("store", title, e.getMessage(), e.advice());
        } catch (IOException e) {
            return Check.fail("store", title, e.toString(), "");
        }
    }

    private static boolean isEmpty(Path directory) {
        try {
            return count(directory) == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static String counted(Path directory, String one) throws IOException {
        long count = count(directory);
        return count + " " + one + (count == 1 ? "" : one.endsWith("x") ? "es" : "s");
    }

    private static long count(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.count();
        }
    }
}

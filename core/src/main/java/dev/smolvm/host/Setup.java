package dev.smolvm.host;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Command;
import dev.smolvm.os.Executables;
import dev.smolvm.os.Programs;
import dev.smolvm.os.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Installs what is missing, through the machine's own apt. First the exact commands, then, if wanted, their execution. */
public final class Setup {
    private static final List<String> PROGRAMS = List.of(
            "qemu-system-x86_64", "qemu-img", "mke2fs", "mmdebstrap", "zstd", "newuidmap", "gcc", "musl-gcc", "mvn");
    private static final String BACKPORTS_FILE = "/etc/apt/sources.list.d/smolvm-backports.sources";
    private static final Duration TIMEOUT = Duration.ofMinutes(30);
    /** The Debian release whose own QEMU is too old. */
    private static final String NEEDS_BACKPORTS = "bookworm";

    private final Map<String, String> environment;
    private final Path etc;
    private final boolean root;

    public Setup(Map<String, String> environment) {
        this(environment, Path.of("/etc"), Programs.isRoot());
    }

    Setup(Map<String, String> environment, Path etc, boolean root) {
        this.environment = Map.copyOf(environment);
        this.etc = etc;
        this.root = root;
    }

    /** One command, run as root. */
    public record Step(String title, List<String> command) {
        public Step {
            command = List.copyOf(command);
        }

        /** As one could type it into a shell. */
        @Override
        public String toString() {
            return Shell.line(command);
        }
    }

    /**
     * What has to be done; empty if nothing has.
     *
     * @throws SmolVmException unsupported: this machine has no apt
     */
    public List<Step> plan() {
        Set<String> missing = new LinkedHashSet<>();
        for (String program : PROGRAMS) {
            if (Programs.find(program).isEmpty()) {
                missing.add(Programs.packageOf(program));
            }
        }
        if (Programs.find("busybox").filter(Executables::isStatic).isEmpty()) {
            missing.add(Programs.packageOf("busybox"));
        }
        if (missing.contains("gcc")) {
            missing.add("libc6-dev");
        }
        if (!Files.exists(Path.of("/usr/share/OVMF"))) {
            missing.add("ovmf");
        }
        boolean qemu = environment.getOrDefault(QemuProgram.VARIABLE, "").isEmpty() && needsQemu();
        return plan(missing, qemu);
    }

    List<Step> plan(Set<String> missing, boolean qemu) {
        Set<String> packages = new LinkedHashSet<>(missing);
        packages.removeAll(List.of("qemu-system-x86", "qemu-utils"));
        List<Step> steps = new ArrayList<>();
        if (packages.isEmpty() && !qemu && packages.size() == missing.size()) {
            return steps;
        }
        if (Programs.find("apt-get").isEmpty()) {
            throw new SmolVmException(
                    ErrorKind.UNSUPPORTED,
                    "setup installs packages through apt, which this machine does not have",
                    "install by hand: QEMU " + QemuVersion.OLDEST + " or newer, " + String.join(", ", packages));
        }
        Optional<String> suite = qemu ? backports() : Optional.empty();
        suite.flatMap(this::enable).ifPresent(steps::add);
        steps.add(asRoot("update the package lists", List.of("apt-get", "update")));
        List<String> qemuPackages = List.of("qemu-system-x86", "qemu-utils");
        if (suite.isPresent()) {
            List<String> options = List.of("-t", suite.get());
            steps.add(install("install QEMU from " + suite.get(), options, qemuPackages));
        } else if (qemu || packages.size() < missing.size()) {
            packages.addAll(qemuPackages);
        }
        if (!packages.isEmpty()) {
            steps.add(install("install the missing packages", List.of(), List.copyOf(packages)));
        }
        return steps;
    }

    /** Runs the steps, each to its end. What they say goes to {@code progress} line by line. */
    public void run(List<Step> steps, Progress progress) {
        if (!root && Programs.find("sudo").isEmpty()) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "packages can only be installed by root, and sudo is not there",
                    "run these as root: "
                            + String.join(
                                    "; ", steps.stream().map(Step::toString).toList()));
        }
        for (Step step : steps) {
            progress.step(step.title());
            Command.of(step.command())
                    .timeout(TIMEOUT)
                    .advice("run it by hand to see more: " + step)
                    .check();
        }
    }

    private boolean needsQemu() {
        return Programs.find("qemu-img").isEmpty()
                || QemuProgram.find(environment)
                        .flatMap(QemuProgram::version)
                        .filter(version -> version.compareTo(QemuVersion.OLDEST) >= 0)
                        .isEmpty();
    }

    private Optional<String> backports() {
        String release = read(etc.resolve("os-release"));
        boolean needed = release.lines().anyMatch("ID=debian"::equals)
                && release.lines().anyMatch(("VERSION_CODENAME=" + NEEDS_BACKPORTS)::equals);
        return needed ? Optional.of(NEEDS_BACKPORTS + "-backports") : Optional.empty();
    }

    /** The step that makes a suite known to apt, on the archive that serves the release itself; empty if it is known. */
    private Optional<Step> enable(String suite) {
        List<AptSource> sources = sources();
        if (sources.stream().anyMatch(source -> source.offers(suite))) {
            return Optional.empty();
        }
        AptSource main = sources.stream()
                .filter(source -> source.offers(NEEDS_BACKPORTS))
                .findFirst()
                .orElseThrow(() -> new SmolVmException(
                        ErrorKind.NOT_FOUND,
                        "no apt source of " + NEEDS_BACKPORTS + " was found in /etc/apt",
                        "add " + suite + " to apt's sources, then run smolvm setup again"));
        return Optional.of(asRoot(
                "enable " + suite,
                List.of("sh", "-c", "printf %s \"$1\" >\"$2\"", "sh", main.withSuite(suite), BACKPORTS_FILE)));
    }

    private List<AptSource> sources() {
        List<AptSource> sources = new ArrayList<>(AptSource.parseOneLine(read(etc.resolve("apt/sources.list"))));
        Path directory = etc.resolve("apt/sources.list.d");
        if (Files.isDirectory(directory)) {
            try (Stream<Path> files = Files.list(directory).sorted()) {
                for (Path file : files.toList()) {
                    String name = file.getFileName().toString();
                    if (name.endsWith(".list")) {
                        sources.addAll(AptSource.parseOneLine(read(file)));
                    } else if (name.endsWith(".sources")) {
                        sources.addAll(AptSource.parseDeb822(read(file)));
                    }
                }
            } catch (IOException e) {
                throw SmolVmException.of("read " + directory, e);
            }
        }
        return sources;
    }

    private static String read(Path file) {
        try {
            return Files.isReadable(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw SmolVmException.of("read " + file, e);
        }
    }

    private Step install(String title, List<String> options, List<String> packages) {
        List<String> command = new ArrayList<>(List.of(
                "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "--no-install-recommends"));
        command.addAll(options);
        command.addAll(packages);
        return asRoot(title, command);
    }

    private Step asRoot(String title, List<String> command) {
        List<String> line = new ArrayList<>(root ? List.of() : List.of("sudo"));
        line.addAll(command);
        return new Step(title, line);
    }
}

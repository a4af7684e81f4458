package dev.smolvm.image;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Command;
import dev.smolvm.os.Programs;
import dev.smolvm.store.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Debian kernel package: downloaded by the machine's own apt, which checks its signature, and unpacked, never installed.
 *
 * @param name such as {@code linux-image-6.1.0-49-cloud-amd64}
 */
record KernelPackage(String name, String version) {
    /** The package whose only content is a dependency on the current kernel. */
    static final String META = "linux-image-cloud-amd64";

    private static final Pattern DEPENDENCY =
            Pattern.compile("(?m)^Depends:.*?\\b(linux-image-[0-9][a-z0-9.+-]*) \\(= ([^)]+)\\)");

    /** An unpacked kernel package. */
    record Unpacked(Path vmlinuz, Path modules) {}

    /** What apt would install now; updates the package lists where they are missing and we may. */
    static KernelPackage current(Progress progress) {
        Optional<KernelPackage> found = candidate();
        if (found.isEmpty() && Programs.isRoot()) {
            progress.step("update the package lists");
            Command.of("apt-get", "-q", "update").check();
            found = candidate();
        }
        return found.orElseThrow(() -> new SmolVmException(
                ErrorKind.NOT_FOUND,
                "apt knows no package " + META,
                "update its lists with: " + (Programs.isRoot() ? "" : "sudo ")
                        + "apt-get update; the machine must have Debian's main archive as an apt source"));
    }

    private static Optional<KernelPackage> candidate() {
        Command.Result shown =
                Command.of("apt-cache", "show", "--no-all-versions", META).run();
        return shown.exitCode() == 0 ? parse(shown.output()) : Optional.empty();
    }

    static Optional<KernelPackage> parse(String shown) {
        Matcher dependency = DEPENDENCY.matcher(shown);
        return dependency.find()
                ? Optional.of(new KernelPackage(dependency.group(1), dependency.group(2)))
                : Optional.empty();
    }

    /** Downloads and unpacks it into a new directory. */
    Unpacked unpack(Path directory, Progress progress) throws IOException {
        DurableFiles.createDirectory(directory);
        progress.step("download the kernel package");
        download(directory);
        progress.step("unpack the kernel package");
        Path tree = directory.resolve("tree");
        DurableFiles.createDirectory(tree);
        Path archive = only(directory, "*.deb");
        Command.of("dpkg-deb", "--extract", archive.toString(), tree.toString()).check();
        Files.delete(archive);
        return new Unpacked(
                only(tree.resolve("boot"), "vmlinuz-*"),
                only(
                        Files.isDirectory(tree.resolve("usr/lib/modules"))
                                ? tree.resolve("usr/lib/modules")
                                : tree.resolve("lib/modules"),
                        "*"));
    }

    private void download(Path directory) {
        Command.Result result = fetch(directory);
        if (result.exitCode() != 0 && Programs.isRoot()) {
            // A version that has left the archive since the lists were fetched.
            Command.of("apt-get", "-q", "update").check();
            result = fetch(directory);
        }
        if (result.exitCode() != 0) {
            SmolVmException failure = Command.of("apt-get", "download", name).failure(result);
            throw new SmolVmException(
                    failure.kind(),
                    failure.getMessage(),
                    "check the network, and update the package lists: " + (Programs.isRoot() ? "" : "sudo ")
                            + "apt-get update",
                    failure);
        }
    }

    private Command.Result fetch(Path directory) {
        List<String> line = new ArrayList<>(List.of("apt-get", "-q"));
        if (Programs.isRoot()) {
            // apt's own user can't write into the store.
            line.addAll(List.of("-o", "APT::Sandbox::User=root"));
        }
        line.addAll(List.of("download", name + "=" + version));
        return Command.of(line).in(directory).run();
    }

    private static Path only(Path directory, String glob) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            var matcher = directory.getFileSystem().getPathMatcher("glob:" + glob);
            List<Path> found =
                    entries.filter(p -> matcher.matches(p.getFileName())).toList();
            if (found.size() != 1) {
                throw new SmolVmException(
                        ErrorKind.INTEGRITY,
                        "the kernel package holds " + found.size() + " files " + glob + " where one is expected",
                        "");
            }
            return found.getFirst();
        }
    }
}

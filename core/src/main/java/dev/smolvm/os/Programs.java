package dev.smolvm.os;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where external programs are, and the one list of the Debian packages they come in. */
public final class Programs {
    /** Directories that a plain user's PATH often lacks and that hold mke2fs and its like. */
    private static final List<String> SYSTEM_DIRECTORIES =
            List.of("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin");

    private static final Map<String, String> PACKAGES = new LinkedHashMap<>();

    static {
        PACKAGES.put("qemu-system-x86_64", "qemu-system-x86");
        PACKAGES.put("qemu-img", "qemu-utils");
        PACKAGES.put("busybox", "busybox-static");
        PACKAGES.put("mmdebstrap", "mmdebstrap");
        PACKAGES.put("mke2fs", "e2fsprogs");
        PACKAGES.put("zstd", "zstd");
        PACKAGES.put("musl-gcc", "musl-tools");
        PACKAGES.put("gcc", "gcc");
        PACKAGES.put("mvn", "maven");
        PACKAGES.put("dpkg-deb", "dpkg");
        PACKAGES.put("apt-get", "apt");
        PACKAGES.put("apt-cache", "apt");
        PACKAGES.put("unshare", "util-linux");
        PACKAGES.put("newuidmap", "uidmap");
        PACKAGES.put("cp", "coreutils");
        PACKAGES.put("tar", "tar");
        PACKAGES.put("sudo", "sudo");
    }

    private Programs() {}

    /** The package that brings a program, or a file such as {@code OVMF_CODE}. */
    public static String packageOf(String program) {
        return PACKAGES.getOrDefault(program, program);
    }

    public static String installCommand(String... programs) {
        return Stream.of(programs)
                .map(Programs::packageOf)
                .distinct()
                .collect(Collectors.joining(" ", isRoot() ? "apt-get install " : "sudo apt-get install ", ""));
    }

    public static boolean isRoot() {
        try {
            return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
        } catch (java.io.IOException e) {
            return "root".equals(System.getProperty("user.name"));
        }
    }

    /** The program's file: an absolute path as given, else the first in PATH or the system's directories. */
    public static Optional<Path> find(String program) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return find(program, path + File.pathSeparator + String.join(File.pathSeparator, SYSTEM_DIRECTORIES));
    }

    /** The program's file: an absolute path as given, else the first in these directories. */
    public static Optional<Path> find(String program, String path) {
        if (program.contains("/")) {
            return Optional.of(Path.of(program)).filter(Programs::executable);
        }
        return Arrays.stream(path.split(File.pathSeparator))
                .filter(directory -> directory.startsWith("/"))
                .map(directory -> Path.of(directory, program))
                .filter(Programs::executable)
                .findFirst();
    }

    /** @throws SmolVmException not found, with the command that installs it */
    public static Path require(String program) {
        return find(program)
                .orElseThrow(() -> new SmolVmException(
                        ErrorKind.NOT_FOUND,
                        "the program " + program + " is not there",
                        program.contains("/") ? "give the path of an executable file" : installCommand(program)));
    }

    private static boolean executable(Path file) {
        return Files.isRegularFile(file) && Files.isExecutable(file);
    }
}

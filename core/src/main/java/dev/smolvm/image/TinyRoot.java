package dev.smolvm.image;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Command;
import dev.smolvm.os.Executables;
import dev.smolvm.os.Programs;
import dev.smolvm.store.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The tree of the {@code tiny} image: busybox, its applets as links, and the files that programs expect. */
final class TinyRoot {
    private static final int DIRECTORY = 0755;
    private static final int FILE = 0644;

    private static final Map<String, Integer> SPECIAL_DIRECTORIES =
            Map.of("root", 0700, "tmp", 01777, "var/tmp", 01777);

    private static final List<String> DIRECTORIES = List.of(
            "bin",
            "dev",
            "etc",
            "home",
            "lib",
            "lib64",
            "mnt",
            "opt",
            "proc",
            "root",
            "run",
            "sbin",
            "srv",
            "sys",
            "tmp",
            "usr/bin",
            "usr/lib",
            "usr/sbin",
            "usr/local/bin",
            "var/cache",
            "var/lib",
            "var/log",
            "var/tmp");

    private static final Map<String, String> FILES = Map.ofEntries(
            Map.entry(
                    "etc/passwd",
                    """
                    root:x:0:0:root:/root:/bin/sh
                    daemon:x:1:1:daemon:/usr/sbin:/bin/false
                    nobody:x:65534:65534:nobody:/nonexistent:/bin/false
                    """),
            Map.entry(
                    "etc/group",
                    """
                    root:x:0:
                    daemon:x:1:
                    tty:x:5:
                    disk:x:6:
                    users:x:100:
                    nogroup:x:65534:
                    """),
            Map.entry(
                    "etc/shadow",
                    """
                    root:*:20000:0:99999:7:::
                    daemon:*:20000:0:99999:7:::
                    nobody:*:20000:0:99999:7:::
                    """),
            Map.entry(
                    "etc/shells", """
                    /bin/sh
                    /bin/ash
                    """),
            Map.entry(
                    "etc/profile",
                    """
                    export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
                    PS1='\\u@\\h:\\w\\$ '
                    """),
            Map.entry("etc/hostname", "smolvm\n"),
            Map.entry(
                    "etc/hosts",
                    """
                    127.0.0.1 localhost
                    ::1 localhost ip6-localhost ip6-loopback
                    """),
            Map.entry("etc/resolv.conf", ""),
            Map.entry("etc/machine-id", ""),
            Map.entry("etc/nsswitch.conf", "hosts: files dns\n"),
            Map.entry(
                    "etc/os-release",
                    """
                    NAME="SmolVM tiny"
                    PRETTY_NAME="SmolVM tiny (busybox)"
                    ID=smolvm-tiny
                    """));

    private final Path tree;

    private TinyRoot(Path tree) {
        this.tree = tree;
    }

    /** Builds it in an empty directory. */
    static void build(Path tree) throws IOException {
        new TinyRoot(tree).build();
    }

    private void build() throws IOException {
        mode(tree, DIRECTORY);
        for (String name : DIRECTORIES) {
            directory(name);
        }
        for (var special : SPECIAL_DIRECTORIES.entrySet()) {
            mode(tree.resolve(special.getKey()), special.getValue());
        }
        for (var file : FILES.entrySet()) {
            Path path = tree.resolve(file.getKey());
            Files.writeString(path, file.getValue());
            mode(path, file.getKey().equals("etc/shadow") ? 0600 : FILE);
        }
        Files.createSymbolicLink(tree.resolve("etc/mtab"), Path.of("/proc/self/mounts"));
        Files.createSymbolicLink(tree.resolve("var/run"), Path.of("/run"));
        busybox();
    }

    private void busybox() throws IOException {
        Path host = Programs.require("busybox");
        requireStatic(host);
        Path busybox = tree.resolve("bin/busybox");
        Files.copy(host.toRealPath(), busybox);
        mode(busybox, DIRECTORY);
        for (String applet : Command.of(host.toString(), "--list-full").check().split("\n")) {
            Path link = tree.resolve(applet.strip()).normalize();
            // "linuxrc" and its like lie in the root directory; nothing needs them.
            if (!applet.contains("/") || !link.startsWith(tree) || Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
                continue;
            }
            directory(tree.relativize(link.getParent()).toString());
            Files.createSymbolicLink(link, Path.of("/bin/busybox"));
        }
    }

    private static void requireStatic(Path program) {
        if (!Executables.isStatic(program)) {
            throw new SmolVmException(
                    ErrorKind.INCOMPATIBLE,
                    program + " is not static, so it can't run in the tiny image",
                    Programs.installCommand("busybox"));
        }
    }

    private void directory(String name) throws IOException {
        Path directory = tree;
        for (Path part : Path.of(name)) {
            directory = directory.resolve(part);
            if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
                DurableFiles.createDirectory(directory);
                mode(directory, DIRECTORY);
            }
        }
    }

    private static void mode(Path path, int mode) throws IOException {
        Files.setAttribute(path, "unix:mode", mode);
    }
}

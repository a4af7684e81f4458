package dev.smolvm.image;

import dev.smolvm.Progress;
import dev.smolvm.os.Command;
import dev.smolvm.os.Programs;
import dev.smolvm.store.DurableFiles;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes root disks: an ext4 file system from a tree, then a qcow2 file. Without root rights everything that must keep owners
 * runs in a user namespace.
 *
 * <p>The inode tables are written here and not by the guest's {@code ext4lazyinit} thread, which would keep a fresh sandbox
 * writing and every snapshot of it growing; in a sparse file they cost nothing. The journal needs no zeros: the file is new.
 */
final class RootDisk {
    private RootDisk() {}

    /** A fresh tree: everything in it becomes root's. */
    static void ofTree(Path tree, Path qcow2, long virtualBytes, Progress progress) throws IOException {
        progress.step("make the root disk");
        Path raw = rawBeside(qcow2, virtualBytes);
        inNamespace(List.of("--map-root-user"), mke2fs(tree, raw)).check();
        toQcow2(raw, "raw", qcow2, progress);
        Files.delete(raw);
    }

    /** A tar archive with owners, as a bootstrap makes it. */
    static void ofArchive(Path tar, Path qcow2, long virtualBytes, Progress progress) throws IOException {
        progress.step("make the root disk");
        Path raw = rawBeside(qcow2, virtualBytes);
        Path tree = raw.resolveSibling(raw.getFileName() + ".tree");
        DurableFiles.createDirectory(tree);
        // Device nodes can't be made in a user namespace, and the guest's devtmpfs hides them.
        String script =
                "chmod 0755 \"$1\" && tar -C \"$1\" --numeric-owner --exclude='./dev/*' -xpf \"$2\" && shift 2 && \"$@\"";
        List<String> line = new ArrayList<>(List.of("sh", "-ec", script, "sh", tree.toString(), tar.toString()));
        line.addAll(mke2fs(tree, raw));
        List<String> all = List.of("--map-root-user", "--map-auto");
        try {
            inNamespace(all, line).check();
        } finally {
            inNamespace(all, List.of("rm", "-rf", tree.toString())).run();
        }
        Files.delete(tar);
        toQcow2(raw, "raw", qcow2, progress);
        Files.delete(raw);
    }

    /** @param source absolute, so that QEMU can't read it as a protocol; its format was checked */
    static void toQcow2(Path source, String format, Path qcow2, Progress progress) throws IOException {
        DurableFiles.createFile(qcow2);
        Command.of(
                        "qemu-img",
                        "convert",
                        "-f",
                        format,
                        "-O",
                        "qcow2",
                        "-p",
                        source.toAbsolutePath().toString(),
                        qcow2.toAbsolutePath().toString())
                .onOutputLine(line -> percent(line, progress))
                .check();
        DurableFiles.makePrivate(qcow2);
    }

    private static void percent(String line, Progress progress) {
        int open = line.indexOf('(');
        int slash = line.indexOf("/100%");
        if (open >= 0 && slash > open) {
            try {
                progress.advance(
                        (long) Double.parseDouble(
                                line.substring(open + 1, slash).strip()),
                        100);
            } catch (NumberFormatException e) {
                // Not a progress line.
            }
        }
    }

    private static Path rawBeside(Path qcow2, long virtualBytes) throws IOException {
        Path raw = qcow2.resolveSibling(qcow2.getFileName() + ".raw");
        DurableFiles.createFile(raw);
        try (RandomAccessFile file = new RandomAccessFile(raw.toFile(), "rw")) {
            file.setLength(virtualBytes);
        }
        return raw;
    }

    /**
     * The journal: a transaction takes at most a quarter of it, and to grow a file system of 8 GiB the kernel wants 1029 blocks
     * of 4 KiB in one. It takes no room before it is used.
     */
    private static List<String> mke2fs(Path tree, Path raw) {
        return List.of(
                Programs.require("mke2fs").toString(),
                "-q",
                "-F",
                "-t",
                "ext4",
                "-b",
                "4096",
                "-m",
                "0",
                "-L",
                "root",
                "-J",
                "size=32",
                "-E",
                "lazy_itable_init=0,lazy_journal_init=1,root_owner=0:0",
                "-d",
                tree.toString(),
                raw.toString());
    }

    private static Command inNamespace(List<String> mapping, List<String> line) {
        if (Programs.isRoot()) {
            return Command.of(line);
        }
        List<String> mapped = new ArrayList<>(List.of("unshare"));
        mapped.addAll(mapping);
        mapped.add("--");
        mapped.addAll(line);
        return Command.of(mapped)
                .advice("unprivileged user namespaces must be allowed, with a range for this user in /etc/subuid"
                        + " (apt-get install uidmap), or run it as root");
    }
}

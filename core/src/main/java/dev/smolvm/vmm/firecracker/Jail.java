package dev.smolvm.vmm.firecracker;

import dev.smolvm.store.DurableFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;

/**
 * The root directory that Firecracker's jailer makes: the process runs there as a user of its own, with copies of the few
 * devices it needs (Firecracker docs/jailer.md). Files are put there as hard links: a sandbox's own belong to its user, shared
 * ones may be read by the group of all jails. They lie in directories that only we may enter, so no other process of that user
 * or group reaches them.
 *
 * @param run the run directory above it
 * @param user of this sandbox alone
 */
record Jail(Path run, int user) implements Quarters {
    /** Above what distributions and user namespaces use. */
    static final int FIRST_USER = 1_879_048_192;

    private static final int USERS = 1 << 16;
    static final int GROUP = FIRST_USER;
    /** The jailer's name for the machine; every run directory has a base of its own. */
    static final String ID = "vm";

    private static final Set<PosixFilePermission> SHARED = PosixFilePermissions.fromString("r--r-----");

    static Path base(Path run) {
        return run.resolve("jail");
    }

    static Jail in(Path run) {
        // The directory of the sandbox: the same user for all its runs.
        return new Jail(
                run, FIRST_USER + 1 + Math.floorMod(run.getParent().toString().hashCode(), USERS));
    }

    /** Makes what the jailer does not. */
    static Jail build(Path run, Path firecracker) throws IOException {
        Jail jail = in(run);
        Path directory = run;
        for (String part : List.of(
                base(run).getFileName().toString(), firecracker.getFileName().toString(), ID, "root")) {
            directory = directory.resolve(part);
            DurableFiles.createDirectory(directory);
        }
        jail.own(directory);
        for (String socket : List.of(RunFiles.API_SOCKET, RunFiles.VSOCK_SOCKET)) {
            Files.createSymbolicLink(run.resolve(socket), directory.resolve(socket));
        }
        return jail;
    }

    /** {@code jail/<name of the binary>/vm/root} */
    Path root() throws IOException {
        try (DirectoryStream<Path> binaries = Files.newDirectoryStream(base(run))) {
            for (Path binary : binaries) {
                return binary.resolve(ID).resolve("root");
            }
        }
        throw new IOException(base(run) + " is empty");
    }

    @Override
    public void give(String name, Path file, boolean writable) throws IOException {
        Path link = root().resolve(name);
        Files.createLink(link, file);
        if (writable) {
            own(link);
        } else {
            Files.setAttribute(link, "unix:gid", GROUP, LinkOption.NOFOLLOW_LINKS);
            Files.setPosixFilePermissions(link, SHARED);
        }
    }

    @Override
    public void openCapture(Path directory) throws IOException {
        Path capture = root().resolve(RunFiles.CAPTURE);
        DurableFiles.deleteTree(capture);
        DurableFiles.createDirectory(capture);
        own(capture);
    }

    @Override
    public void closeCapture(Path directory, List<String> files) throws IOException {
        Path capture = root().resolve(RunFiles.CAPTURE);
        for (String file : files) {
            Path taken = directory.resolve(file);
            Files.move(capture.resolve(file), taken);
            requireItsOwn(taken);
            for (String owner : List.of("unix:uid", "unix:gid")) {
                Files.setAttribute(
                        taken,
                        owner,
                        Files.getAttribute(directory, owner, LinkOption.NOFOLLOW_LINKS),
                        LinkOption.NOFOLLOW_LINKS);
            }
        }
        DurableFiles.deleteTree(capture);
    }

    /** A VMM that was broken into could put another name of a shared file there, which we would then change. */
    private static void requireItsOwn(Path file) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                || (int) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS) != 1) {
            Files.delete(file);
            throw new IOException(file.getFileName() + " is not a file of the VMM's own");
        }
    }

    private void own(Path path) throws IOException {
        Files.setAttribute(path, "unix:uid", user, LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(path, "unix:gid", GROUP, LinkOption.NOFOLLOW_LINKS);
    }
}

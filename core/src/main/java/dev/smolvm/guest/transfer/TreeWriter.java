package dev.smolvm.guest.transfer;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Writes what a guest sends: one file, or a tree whose entries come depth first, parents before children. Nothing outside the
 * target is touched whatever the guest sends, because an entry's parent must be a directory that this writer has just made or
 * looked at without following links. Files are written beside their place and renamed; a tree that did not exist before
 * appears as a whole. Memory grows with the depth only.
 *
 * <p>Of a mode the nine permission bits are kept: a guest must not leave set-user-id programs on the host.
 */
public final class TreeWriter implements AutoCloseable {
    private static final int DEEPEST = 256;
    private static final int PERMISSIONS = 0777;
    private static final Set<PosixFilePermission> PRIVATE_DIRECTORY = PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_DIRECTORY_ATTRIBUTE =
            PosixFilePermissions.asFileAttribute(PRIVATE_DIRECTORY);
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_FILE_ATTRIBUTE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path target;
    private final Deque<OpenDirectory> open = new ArrayDeque<>();
    /** Where a new tree grows, beside its target; null for a file or an existing directory. */
    private Path staging;

    private Path root;
    private FileChannel content;
    private Path contentTemporary;
    private Path contentTarget;
    private int contentMode;
    private boolean rootSeen;

    private record OpenDirectory(String name, Path path, int mode) {}

    private TreeWriter(Path target) {
        this.target = target;
    }

    /** @param local the target itself, or an existing directory to put it into under its name in the guest */
    public static TreeWriter to(Path local, String guestPath) {
        if (!Files.isDirectory(local)) {
            Path parent = local.toAbsolutePath().getParent();
            if (parent != null && !Files.isDirectory(parent)) {
                if (Files.exists(parent)) {
                    throw new SmolVmException(
                            ErrorKind.CONFLICT,
                            "download " + GuestText.printable(guestPath) + ": " + parent + " is not a directory",
                            "name another target");
                }
                throw new SmolVmException(
                        ErrorKind.NOT_FOUND,
                        "download " + GuestText.printable(guestPath) + ": there is no directory " + parent + " here",
                        "mkdir -p " + parent);
            }
            return new TreeWriter(local.toAbsolutePath());
        }
        String name = lastComponent(guestPath);
        if (name.isEmpty() || name.equals(".") || name.equals("..")) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "download " + GuestText.printable(guestPath) + ": it has no name to put it under in " + local,
                    "name a target that does not exist yet");
        }
        return new TreeWriter(local.toAbsolutePath().resolve(name));
    }

    private static String lastComponent(String guestPath) {
        int end = guestPath.length();
        while (end > 0 && guestPath.charAt(end - 1) == '/') {
            end--;
        }
        return guestPath.substring(guestPath.lastIndexOf('/', end - 1) + 1, end);
    }

    /** @param name relative to the root; empty: the root itself, which comes first */
    public void directory(String name, int mode) throws IOException {
        if (name.isEmpty()) {
            rootDirectory(mode);
            return;
        }
        Path path = place(name);
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            requireDirectory(path);
            Files.setPosixFilePermissions(path, PRIVATE_DIRECTORY);
        } else {
            Files.createDirectory(path, PRIVATE_DIRECTORY_ATTRIBUTE);
        }
        enter(new OpenDirectory(name, path, mode));
    }

    private void rootDirectory(int mode) throws IOException {
        requireFirst();
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            requireDirectory(target);
            root = target;
        } else {
            staging = beside(target);
            Files.createDirectory(staging, PRIVATE_DIRECTORY_ATTRIBUTE);
            root = staging;
        }
        enter(new OpenDirectory("", root, mode));
    }

    private void requireFirst() throws UnsafeTreeException {
        if (rootSeen) {
            throw new UnsafeTreeException("the guest sent two roots of one tree");
        }
        rootSeen = true;
    }

    private void enter(OpenDirectory directory) throws UnsafeTreeException {
        if (open.size() >= DEEPEST) {
            throw new UnsafeTreeException("the guest sent directories deeper than " + DEEPEST);
        }
        open.push(directory);
    }

    private static void requireDirectory(Path path) {
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new SmolVmException(
                    ErrorKind.CONFLICT,
                    "download to " + path + ": a file or link is where the guest has a directory",
                    "remove it, or download to another place");
        }
    }

    /** Begins a file; its content follows through {@link #write}, then {@link #endFile}. */
    public void file(String name, int mode) throws IOException {
        Path path;
        if (name.isEmpty()) {
            requireFirst();
            path = target;
        } else {
            path = place(name);
        }
        requireNoDirectory(path);
        contentTarget = path;
        contentMode = mode;
        contentTemporary = beside(path);
        content = FileChannel.open(
                contentTemporary,
                Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW, LinkOption.NOFOLLOW_LINKS),
                PRIVATE_FILE_ATTRIBUTE);
    }

    public void write(ByteBuffer bytes) throws IOException {
        if (content == null) {
            throw new UnsafeTreeException("the guest sent content outside a file");
        }
        while (bytes.hasRemaining()) {
            content.write(bytes);
        }
    }

    public void endFile() throws IOException {
        content.close();
        content = null;
        Files.setPosixFilePermissions(contentTemporary, permissions(contentMode));
        rename(contentTemporary, contentTarget);
        contentTemporary = null;
    }

    public void symlink(String name, String linkTarget) throws IOException {
        if (name.isEmpty()) {
            throw new UnsafeTreeException("the guest sent a link as the root of a transfer");
        }
        if (linkTarget.isEmpty() || linkTarget.indexOf('\0') >= 0) {
            throw new UnsafeTreeException("the guest sent a link without a target");
        }
        Path path = place(name);
        requireNoDirectory(path);
        Path temporary = beside(path);
        Files.createSymbolicLink(temporary, local(linkTarget));
        try {
            rename(temporary, path);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static void requireNoDirectory(Path path) {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new SmolVmException(
                    ErrorKind.CONFLICT,
                    "download to " + path + ": a directory is where the guest has a file or link",
                    "remove it, or download to another place");
        }
    }

    /** The place of an entry, whose parent is then the innermost open directory. */
    private Path place(String name) throws IOException {
        RelativeName.check(name);
        String parent = RelativeName.parent(name);
        while (!open.isEmpty() && !open.peek().name().equals(parent)) {
            leave();
        }
        if (open.isEmpty()) {
            throw new UnsafeTreeException(
                    "the guest sent '" + GuestText.printable(name) + "', which is in no directory that it sent before");
        }
        return open.peek().path().resolve(local(name.substring(name.lastIndexOf('/') + 1)));
    }

    private static Path local(String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "download '" + GuestText.printable(name) + "': this locale cannot write the name",
                    "run it with LC_ALL=C.UTF-8",
                    e);
        }
    }

    /** A directory's own mode comes last: it may forbid what had to be written into it. */
    private void leave() throws IOException {
        OpenDirectory directory = open.pop();
        Files.setPosixFilePermissions(directory.path(), permissions(directory.mode()));
    }

    /** Everything has come: the result appears in its place. */
    public void commit() throws IOException {
        if (!rootSeen) {
            throw new UnsafeTreeException("the guest sent nothing");
        }
        while (!open.isEmpty()) {
            leave();
        }
        if (staging != null) {
            rename(staging, target);
            staging = null;
        }
    }

    private static void rename(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException(to + ": cannot be renamed into place", e);
        }
    }

    private static Path beside(Path path) {
        long random = ThreadLocalRandom.current().nextLong();
        return path.resolveSibling(".smolvm-" + Long.toHexString(random) + ".part");
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        // Declared in the order of the mode's bits, from the owner's read permission down.
        PosixFilePermission[] all = PosixFilePermission.values();
        for (int i = 0; i < all.length; i++) {
            if ((mode & PERMISSIONS & (1 << (all.length - 1 - i))) != 0) {
                permissions.add(all[i]);
            }
        }
        return permissions;
    }

    /** Without a {@link #commit} before, removes what is unfinished. */
    @Override
    public void close() throws IOException {
        if (content != null) {
            content.close();
        }
        if (contentTemporary != null) {
            Files.deleteIfExists(contentTemporary);
        }
        if (staging != null) {
            TreeRemoval.remove(staging);
        }
    }
}

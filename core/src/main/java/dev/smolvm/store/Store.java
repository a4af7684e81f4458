package dev.smolvm.store;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** The directory that holds all state. Any number of processes may have it open at once. */
public final class Store {
    /** The version of the layout that this code reads and writes. */
    public static final int FORMAT = 1;

    /** What is read of the file that holds the version. */
    private static final int MAX_VERSION = 64;

    private final StoreLayout layout;
    private final StoreLocks locks;
    private boolean cleared;

    private Store(StoreLayout layout, Duration lockTimeout) {
        this.layout = layout;
        this.locks = new StoreLocks(layout.locks(), lockTimeout);
    }

    /**
     * Opens the store, makes it where there is none, and removes what dead processes left under {@code tmp/}.
     *
     * @throws SmolVmException usage: not ours, not writable or reached through a planted link; incompatible: of another version
     */
    public static Store open(Path root, Duration lockTimeout) {
        StoreLayout layout = new StoreLayout(root);
        try {
            if (!Files.exists(layout.format(), LinkOption.NOFOLLOW_LINKS)) {
                create(layout);
            }
            check(layout);
            Store store = new Store(layout, lockTimeout);
            store.sweep();
            return store;
        } catch (IOException e) {
            throw SmolVmException.of("open the store " + layout.root(), e);
        }
    }

    public StoreLayout layout() {
        return layout;
    }

    public StoreLocks locks() {
        return locks;
    }

    /** A fresh directory to build something in. */
    public Staging stage() throws IOException {
        String name = UUID.randomUUID().toString();
        StoreLocks.Held lock = locks.tryStaging(name).orElseThrow();
        try {
            Path directory = layout.tmp().resolve(name);
            DurableFiles.createDirectory(directory);
            return new Staging(directory, lock);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Replaces a small file in one step; a crash leaves the old or the new content. */
    public void replaceFile(Path target, String content) throws IOException {
        try (Staging staging = stage()) {
            Path next = staging.file("next");
            DurableFiles.write(next, content);
            DurableFiles.replaceStaged(next, target);
        }
    }

    /** The same for what can be made again: it is not waited for the disk, so a power cut may leave it damaged. */
    public void replaceCache(Path target, byte[] content) throws IOException {
        try (Staging staging = stage()) {
            Path next = staging.file("next");
            DurableFiles.createFile(next);
            Files.write(next, content);
            makeDirectory(target.getParent());
            Files.move(next, target, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /**
     * The first half of that, for somebody who knows the content before it may be published.
     *
     * @param syncs to be awaited before it is
     */
    public Replacement prepareFile(Path target, String content, PendingSyncs syncs) throws IOException {
        Staging staging = stage();
        try {
            Path next = staging.file("next");
            DurableFiles.createFile(next);
            Files.writeString(next, content);
            syncs.add(next);
            return new Replacement(staging, next, target);
        } catch (IOException | RuntimeException e) {
            staging.close();
            throw e;
        }
    }

    /** Whether layers may be unused: opening it removed what a dead process had left, or found a collection to be due. */
    public boolean cleared() {
        return cleared;
    }

    /**
     * Takes an object out of sight in one step, then removes it and ends the processes that work in it; a crash in between is
     * finished by the next command.
     *
     * @param afterwards what the removal makes possible, such as a collection of layers; also the next command's duty if this
     *     one dies before
     */
    public void remove(Path object, Runnable afterwards) throws IOException {
        try (Staging staging = stage()) {
            if (Files.exists(object, LinkOption.NOFOLLOW_LINKS)) {
                DurableFiles.replace(object, staging.file("removed"));
                endProcesses(staging.directory());
            }
            afterwards.run();
        }
    }

    private static void endProcesses(Path directory) throws IOException {
        VmmProcesses.end(directory);
    }

    /**
     * Seals a finished file (in a staging directory) and moves it to {@code layers/}. The caller holds
     * {@link StoreLocks#storeShared()} until a manifest names it.
     */
    public Blob addBlob(Path file, BlobKind kind) throws IOException {
        return addBlob(file, kind, Checksum.of(file));
    }

    /** The same for a file whose checksum was computed while it was written. */
    public Blob addBlob(Path file, BlobKind kind, Checksum checksum) throws IOException {
        DurableFiles.seal(file);
        DurableFiles.sync(file);
        Blob blob = new Blob(kind, BlobId.random(), Files.size(file), checksum);
        DurableFiles.move(file, layout.blob(blob));
        return blob;
    }

    private static void create(StoreLayout layout) throws IOException {
        if (!Files.exists(layout.root())) {
            Files.createDirectories(layout.root().getParent());
            makeDirectory(layout.root());
        } else if (!isEmptyOrOurs(layout.root())) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    layout.root() + " holds other files and is not a store",
                    "set SMOLVM_HOME to a new or empty directory");
        }
        for (Path part :
                new Path[] {layout.images(), layout.layers(), layout.sandboxes(), layout.snapshots(), layout.tmp()}) {
            makeDirectory(part);
        }
        try {
            DurableFiles.createFile(layout.locks());
        } catch (FileAlreadyExistsException e) {
            // Another process is creating the same store.
        }
        // Last, and built like everything else: another process that opens the store sweeps tmp/.
        new Store(layout, Duration.ZERO).replaceFile(layout.format(), FORMAT + "\n");
    }

    private static void makeDirectory(Path directory) throws IOException {
        try {
            DurableFiles.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            // Another process is creating the same store, or a creation was cut short.
        }
    }

    private static boolean isEmptyOrOurs(Path root) throws IOException {
        try (Stream<Path> entries = Files.list(root)) {
            return entries.map(p -> p.getFileName().toString())
                    .allMatch(n -> n.matches("images|layers|sandboxes|snapshots|tmp|tools|locks|format"));
        }
    }

    private static void check(StoreLayout layout) throws IOException {
        for (Path part :
                new Path[] {layout.images(), layout.layers(), layout.sandboxes(), layout.snapshots(), layout.tmp()}) {
            if (!Files.isDirectory(part, LinkOption.NOFOLLOW_LINKS)) {
                throw missing(part);
            }
        }
        for (Path file : new Path[] {layout.locks(), layout.format()}) {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw missing(file);
            }
        }
        checkOwner(layout.root(), uid(Path.of("/proc/self")));
        if (!Files.isWritable(layout.root()) || !Files.isWritable(layout.tmp())) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "the store " + layout.root() + " is not writable",
                    "run as the user who owns it, or set SMOLVM_HOME to a directory of yours");
        }
        String version = version(layout);
        if (!version.equals(Integer.toString(FORMAT))) {
            throw new SmolVmException(
                    ErrorKind.INCOMPATIBLE,
                    "the store " + layout.root() + " has format " + Names.printable(version)
                            + "; this smolvm knows format " + FORMAT,
                    "use the smolvm that made it, or set SMOLVM_HOME to another directory");
        }
    }

    /** Root may write in anybody's store; what it made there, its owner could not use any more. */
    static void checkOwner(Path root, int user) throws IOException {
        int owner = uid(root);
        if (owner != user) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "the store " + root + " belongs to another user (" + owner + ")",
                    "run as the user who owns it, or set SMOLVM_HOME to a directory of yours");
        }
    }

    private static int uid(Path path) throws IOException {
        return (int) Files.getAttribute(path, "unix:uid");
    }

    private static SmolVmException missing(Path part) {
        return new SmolVmException(
                ErrorKind.USAGE, part + " is missing or a link", "restore it, or set SMOLVM_HOME to another directory");
    }

    private static String version(StoreLayout layout) throws IOException {
        try (InputStream in = Files.newInputStream(layout.format())) {
            return new String(in.readNBytes(MAX_VERSION), StandardCharsets.UTF_8).strip();
        }
    }

    /** What dead processes left in {@code tmp/}; the next opening of the store removes it. */
    public List<Path> leftovers() throws IOException {
        List<Path> dead = new ArrayList<>();
        try (Stream<Path> entries = Files.list(layout.tmp())) {
            for (Path entry : (Iterable<Path>) entries::iterator) {
                if (entry.equals(layout.collectionDue())) {
                    continue;
                }
                locks.tryStaging(entry.getFileName().toString()).ifPresent(lock -> {
                    dead.add(entry);
                    lock.close();
                });
            }
        }
        return dead;
    }

    /** Removes them. */
    public void sweep() throws IOException {
        try (Stream<Path> leftovers = Files.list(layout.tmp())) {
            for (Path leftover : (Iterable<Path>) leftovers::iterator) {
                if (leftover.equals(layout.collectionDue())) {
                    cleared = true;
                    continue;
                }
                Optional<StoreLocks.Held> lock =
                        locks.tryStaging(leftover.getFileName().toString());
                if (lock.isPresent()) {
                    try (StoreLocks.Held held = lock.get()) {
                        if (Files.isDirectory(leftover, LinkOption.NOFOLLOW_LINKS)) {
                            endProcesses(leftover);
                        }
                        DurableFiles.deleteTree(leftover);
                        cleared = true;
                    }
                }
            }
        }
    }
}

package dev.smolvm.store;

import dev.smolvm.os.FileModes;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * File operations that survive a power cut, with explicit modes. Those on files that may have been made by a VMM, which may be
 * hostile, follow no symbolic link in the last place of a path.
 */
public final class DurableFiles {
    private static final Set<PosixFilePermission> DIRECTORY = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> SEALED = PosixFilePermissions.fromString("r--------");
    private static final int DELETE_ATTEMPTS = 100;

    private DurableFiles() {}

    /** Creates one directory, mode 0700 whatever the umask. */
    public static void createDirectory(Path directory) throws IOException {
        FileAttribute<?> mode = PosixFilePermissions.asFileAttribute(DIRECTORY);
        Files.createDirectory(directory, mode);
        Files.setPosixFilePermissions(directory, DIRECTORY);
    }

    /** Creates an empty file, mode 0600 whatever the umask; it must not exist. */
    public static void createFile(Path file) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(FILE));
        Files.setPosixFilePermissions(file, FILE);
    }

    /** Mode 0600. */
    public static void makePrivate(Path file) throws IOException {
        FileModes.set(file, FILE);
    }

    /** Mode 0400. */
    public static void seal(Path file) throws IOException {
        FileModes.set(file, SEALED);
    }

    /** Writes a new file and makes its content durable (its directory entry is not yet). */
    public static void write(Path file, String content) throws IOException {
        createFile(file);
        Files.writeString(file, content);
        sync(file);
    }

    public static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            channel.force(true);
        }
    }

    public static void syncTree(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (attributes.isRegularFile()) {
                    sync(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                sync(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Renames to a place that is free, and makes both directories durable. */
    public static void move(Path source, Path target) throws IOException {
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        replace(source, target);
    }

    /** Renames over whatever file is there, and makes both directories durable. */
    public static void replace(Path source, Path target) throws IOException {
        replaceStaged(source, target);
        sync(source.getParent());
    }

    /** The same for a source whose directory goes anyway. */
    static void replaceStaged(Path source, Path target) throws IOException {
        Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
        sync(target.getParent());
    }

    /**
     * Removes a file or a tree, following no link; what is gone already is fine, and so is what another command that has not
     * noticed yet puts there meanwhile, such as the lock of a port in a run directory.
     */
    public static void deleteTree(Path root) throws IOException {
        int attempt = 1;
        while (true) {
            try {
                deleteWhatIsThere(root);
                return;
            } catch (DirectoryNotEmptyException e) {
                if (attempt == DELETE_ATTEMPTS) {
                    throw e;
                }
                attempt++;
            }
        }
    }

    private static void deleteWhatIsThere(Path root) throws IOException {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw failure;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}

package dev.smolvm.os;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/** Permissions of the very file at a path: {@code chmod(2)}, which the JDK uses, follows a symbolic link. */
public final class FileModes {
    private FileModes() {}

    /** @throws IOException among others where the path is a symbolic link; its target is not changed */
    public static void set(Path path, Set<PosixFilePermission> mode) throws IOException {
        int fd = Libc.open(path.toString(), Libc.O_PATH | Libc.O_NOFOLLOW);
        try {
            Path opened = Path.of("/proc/self/fd/" + fd);
            if (Files.readAttributes(opened, java.nio.file.attribute.BasicFileAttributes.class)
                    .isSymbolicLink()) {
                throw new FileSystemException(path.toString(), null, "is a symbolic link");
            }
            Files.setPosixFilePermissions(opened, mode);
        } finally {
            Libc.close(fd);
        }
    }
}

package dev.smolvm.os;

import java.io.IOException;
import java.nio.file.Path;

/**
 * What a file or directory takes on disk: the blocks that the file system counts for it, as {@code du} does. The JDK tells only
 * sizes.
 *
 * @param device with {@code inode}: which file it is, whatever it is called
 * @param bytes allocated, holes not counted
 */
public record DiskSpace(long device, long inode, long bytes) {
    /** Of a symbolic link itself, not of what it leads to. */
    public static DiskSpace of(Path path) throws IOException {
        return Libc.blocks(path.toString());
    }
}

package dev.smolvm.disk;

import java.nio.file.Path;
import java.util.List;

/**
 * A user's disk that was looked at and may be opened by QEMU, with this format and no other.
 *
 * @param file absolute, without symbolic links
 * @param virtualBytes the size a guest sees
 * @param notes what the user should know, such as that internal snapshots are left behind
 */
public record CheckedDisk(Path file, DiskFormat format, long virtualBytes, List<String> notes) {
    public CheckedDisk {
        notes = List.copyOf(notes);
    }
}

package dev.smolvm.archive;

import dev.smolvm.snapshot.MemoryImage;
import dev.smolvm.store.Checksum;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Something that becomes an entry of an archive.
 *
 * @param what it is, for messages
 * @param checksum what it must have
 */
record ArchivedFile(String name, String what, ExtentMap extents, Checksum checksum, Content content) {
    /** Where its data is read from. */
    sealed interface Content {
        record Plain(Path file) implements Content {}

        record Memory(MemoryImage image) implements Content {}
    }

    static ArchivedFile of(String name, Path file, Checksum checksum) throws IOException {
        return new ArchivedFile(name, file.toString(), ExtentMap.ofFile(file), checksum, new Content.Plain(file));
    }

    ArchiveEntry entry() {
        return new ArchiveEntry(name, extents.size(), extents.stored(), checksum);
    }

    /** Returns the checksum of what was read. */
    Checksum write(ArchiveWriter archive, SparseTransfer transfer) throws IOException {
        return switch (content) {
            case Content.Memory(var image) -> archive.add(name, extents, source(image), transfer);
            case Content.Plain(var file) -> {
                try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
                    yield archive.add(name, extents, source(in, file), transfer);
                }
            }
        };
    }

    /** Memory is asked for in whole pages, since its regions are. */
    static SparseTransfer.Source source(MemoryImage image) {
        return (offset, target, at, length) -> image.read(offset, ByteBuffer.wrap(target, at, length));
    }

    private static SparseTransfer.Source source(FileChannel in, Path file) {
        return (offset, target, at, length) -> {
            ByteBuffer rest = ByteBuffer.wrap(target, at, length);
            long from = offset;
            while (rest.hasRemaining()) {
                int read = in.read(rest, from);
                if (read < 0) {
                    throw new EOFException(file + " became shorter while it was read");
                }
                from += read;
            }
        };
    }
}

package dev.smolvm.vmm.qemu;

import dev.smolvm.error.Advice;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.DurableFiles;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What a {@code mapped-ram} migration writes behind its RAM blocks: marks of the passes over memory, whose pages lie elsewhere,
 * and the devices (QEMU migration/savevm.c and ram.c, big-endian). So the devices need not be saved by themselves as well, for
 * which the guest would have to stand still longer.
 */
final class DeviceSections {
    private static final int MAGIC = 0x5145_564d; // "QEVM"
    private static final int VERSION = 3;
    /** Of a machine with hundreds of devices. */
    private static final int MAX_BYTES = 64 << 20;

    private static final byte END_OF_FILE = 0;
    private static final byte SECTION_PART = 2;
    private static final byte SECTION_END = 3;
    private static final byte SECTION_FULL = 4;
    private static final byte COMMAND = 8;
    private static final byte FOOTER = 0x7e;

    private static final long RAM_END = 0x10;
    private static final long RAM_FLUSH = 0x200;

    private final Path file;
    private final ByteBuffer stream;
    private final int ramSection;

    private DeviceSections(Path file, ByteBuffer stream, int ramSection) {
        this.file = file;
        this.stream = stream;
        this.ramSection = ramSection;
    }

    /**
     * Writes the devices as a stream of their own, which a machine with its memory mapped loads.
     *
     * @throws SmolVmException integrity: what is there is something else
     */
    static void copy(MappedRamFile from, Path to) throws IOException {
        DeviceSections sections = new DeviceSections(from.file(), tail(from), from.section());
        try {
            sections.skipMemory();
        } catch (BufferUnderflowException e) {
            throw sections.damaged("cut off");
        }
        ByteBuffer stream = sections.stream;
        if (stream.get(stream.limit() - 1) != END_OF_FILE) {
            throw sections.damaged("without an end");
        }
        ByteBuffer header = ByteBuffer.allocate(2 * Integer.BYTES);
        header.putInt(MAGIC).putInt(VERSION).flip();
        DurableFiles.createFile(to);
        try (FileChannel out = FileChannel.open(to, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            for (ByteBuffer part : new ByteBuffer[] {header, stream}) {
                while (part.hasRemaining()) {
                    out.write(part);
                }
            }
        }
    }

    private static ByteBuffer tail(MappedRamFile from) throws IOException {
        try (FileChannel channel = FileChannel.open(from.file(), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            long size = channel.size() - from.ramEnd();
            if (size > MAX_BYTES) {
                throw damaged(from.file(), "larger than " + (MAX_BYTES >> 20) + " MiB");
            }
            ByteBuffer tail = ByteBuffer.allocate((int) size);
            while (tail.hasRemaining() && channel.read(tail, from.ramEnd() + tail.position()) >= 0) {
                // On to its end.
            }
            return tail.flip();
        }
    }

    /** Up to the first device; the set-up's part of the RAM section is the first. */
    private void skipMemory() {
        ramPart();
        while (true) {
            byte type = stream.get();
            switch (type) {
                case SECTION_PART, SECTION_END -> {
                    requireRam();
                    ramPart();
                }
                case COMMAND -> {
                    stream.getShort();
                    skip(Short.toUnsignedInt(stream.getShort()));
                }
                case SECTION_FULL -> {
                    stream.position(stream.position() - 1);
                    return;
                }
                default -> throw damaged("a section of type " + type);
            }
        }
    }

    private void ramPart() {
        long flags = stream.getLong();
        while (flags == RAM_FLUSH) {
            flags = stream.getLong();
        }
        if (flags != RAM_END) {
            throw damaged("pages where none belong");
        }
        if (stream.get() != FOOTER) {
            throw damaged("a section without an end");
        }
        requireRam();
    }

    private void requireRam() {
        if (stream.getInt() != ramSection) {
            throw damaged("a section that was never begun");
        }
    }

    private void skip(int bytes) {
        if (bytes > stream.remaining()) {
            throw new BufferUnderflowException();
        }
        stream.position(stream.position() + bytes);
    }

    private SmolVmException damaged(String what) {
        return damaged(file, what);
    }

    private static SmolVmException damaged(Path file, String what) {
        return new SmolVmException(
                ErrorKind.INTEGRITY,
                "the state of the devices in " + file + " is not as QEMU writes it: " + what,
                Advice.WHICH_SNAPSHOTS_ARE_INTACT);
    }
}

package dev.smolvm.vmm.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes files as QEMU's mapped-ram migration does, written from the format's description. */
final class MappedRamWriter {
    static final int PAGE = 4096;
    private static final int ALIGNMENT = 1 << 20;

    private final List<Block> blocks = new ArrayList<>();
    private final Map<String, Integer> fields = new LinkedHashMap<>();
    private ByteBuffer out;

    private record Block(String name, int pages, BitSet present) {}

    MappedRamWriter block(String name, int pages, BitSet present) {
        blocks.add(new Block(name, pages, present));
        return this;
    }

    /** Where each field of the header lies, once it is written. */
    Map<String, Integer> fields() {
        return fields;
    }

    /** Page n of a block holds the byte n % 250 + 1 where it is present, and 0xEE (stale) where it is not. */
    Path write(Path file) throws IOException {
        int total = blocks.stream().mapToInt(b -> b.pages() * PAGE).sum();
        out = ByteBuffer.allocate(total + (blocks.size() + 2) * 2 * ALIGNMENT);
        u32("magic", 0x5145564d);
        u32("version", 3);
        field("section type");
        out.put((byte) 1);
        u32("section id", 2);
        name("section name", "ram");
        u32("instance", 0);
        u32("section version", 4);
        u64("memory size", total | 4);
        for (Block block : blocks) {
            write(block);
        }
        field("end");
        out.put((byte) 0);
        Files.deleteIfExists(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(out.flip());
        }
        return file;
    }

    private void write(Block block) {
        name(block.name() + " name", block.name());
        u64(block.name() + " length", (long) block.pages() * PAGE);
        u32(block.name() + " header version", 1);
        u64(block.name() + " page size", PAGE);
        int bitmapOffset = out.position() + 16;
        int words = (block.pages() + 63) / 64;
        int pagesOffset = (bitmapOffset + words * 8 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        u64(block.name() + " bitmap offset", bitmapOffset);
        u64(block.name() + " pages offset", pagesOffset);
        field(block.name() + " bitmap");
        ByteBuffer bitmap = ByteBuffer.allocate(words * 8).order(ByteOrder.LITTLE_ENDIAN);
        bitmap.put(block.present().toByteArray());
        out.put(bitmap.array());
        for (int page = 0; page < block.pages(); page++) {
            byte[] content = new byte[PAGE];
            java.util.Arrays.fill(content, block.present().get(page) ? content(page) : (byte) 0xEE);
            out.position(pagesOffset + page * PAGE);
            out.put(content);
        }
    }

    static byte content(int page) {
        return (byte) (page % 250 + 1);
    }

    private void name(String field, String name) {
        field(field);
        out.put((byte) name.length()).put(name.getBytes(StandardCharsets.ISO_8859_1));
    }

    private void u32(String field, int value) {
        field(field);
        out.putInt(value);
    }

    private void u64(String field, long value) {
        field(field);
        out.putLong(value);
    }

    private void field(String name) {
        fields.put(name, out.position());
    }
}

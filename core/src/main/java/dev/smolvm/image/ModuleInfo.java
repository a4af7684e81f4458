package dev.smolvm.image;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a kernel module says about itself in its ELF section {@code .modinfo}: strings {@code key=value}, each ended by NUL.
 *
 * @param dependencies names of the modules it needs
 */
record ModuleInfo(List<String> dependencies) {
    private static final long MAX_BYTES = 64 << 20;
    private static final int ELF64_LITTLE_ENDIAN = 0x464c457f;
    private static final int SECTION_HEADER_BYTES = 64;

    static ModuleInfo read(Path module) throws IOException {
        if (Files.size(module) > MAX_BYTES) {
            throw unsound(module.toString());
        }
        return parse(module.toString(), Files.readAllBytes(module));
    }

    static ModuleInfo parse(String name, byte[] module) {
        try {
            return new ModuleInfo(dependencies(section(ByteBuffer.wrap(module).order(ByteOrder.LITTLE_ENDIAN), name)));
        } catch (IndexOutOfBoundsException | IllegalArgumentException | ArithmeticException e) {
            throw unsound(name);
        }
    }

    private static List<String> dependencies(String modinfo) {
        return Stream.of(modinfo.split("\0"))
                .filter(s -> s.startsWith("depends="))
                .flatMap(s -> Stream.of(s.substring("depends=".length()).split(",")))
                .filter(s -> !s.isEmpty())
                .toList();
    }

    private static String section(ByteBuffer elf, String name) {
        if (elf.getInt(0) != ELF64_LITTLE_ENDIAN || elf.get(4) != 2 || elf.get(5) != 1) {
            throw unsound(name);
        }
        long table = elf.getLong(0x28);
        int count = elf.getShort(0x3c) & 0xffff;
        ByteBuffer names = content(elf, table, elf.getShort(0x3e) & 0xffff);
        for (int i = 0; i < count; i++) {
            int at = Math.toIntExact(table + (long) i * SECTION_HEADER_BYTES);
            if (".modinfo".equals(text(names, elf.getInt(at)))) {
                return StandardCharsets.UTF_8.decode(content(elf, table, i)).toString();
            }
        }
        throw unsound(name);
    }

    private static ByteBuffer content(ByteBuffer elf, long table, int index) {
        int at = Math.toIntExact(table + (long) index * SECTION_HEADER_BYTES);
        return elf.slice(Math.toIntExact(elf.getLong(at + 0x18)), Math.toIntExact(elf.getLong(at + 0x20)));
    }

    private static String text(ByteBuffer strings, int offset) {
        int end = offset;
        while (strings.get(end) != 0) {
            end++;
        }
        byte[] bytes = new byte[end - offset];
        strings.get(offset, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static SmolVmException unsound(String name) {
        return new SmolVmException(
                ErrorKind.INTEGRITY, name + " is not a sound kernel module", "download its package again");
    }
}

package dev.smolvm.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelModulesTest {
    @TempDir
    Path dir;

    @BeforeEach
    void aKernel() throws IOException {
        Files.createDirectories(dir.resolve("kernel"));
        Files.writeString(dir.resolve("modules.builtin"), "kernel/fs/ext4/ext4.ko\nkernel/lib/crc16.ko\n");
        module("virtio", "");
        module("virtio_ring", "");
        module("virtio_pci", "virtio,virtio_ring");
        module("virtio_blk", "virtio,virtio_ring,crc16");
        module("virtio_console", "virtio");
        module("virtio-rng", "virtio");
    }

    @Test
    void dependencies_come_first_and_once() throws IOException {
        assertThat(order("virtio_blk", "virtio", "virtio_console", "ext4", "virtio_rng", "not_in_this_kernel"))
                .containsExactly("virtio.ko", "virtio_ring.ko", "virtio_blk.ko", "virtio_console.ko", "virtio-rng.ko");
    }

    @Test
    void a_kernel_without_our_disk_or_a_dependency_is_refused() throws IOException {
        module("virtio_blk", "gone");
        assertIncompatible();
        module("virtio_blk", "virtio_blk");
        assertIncompatible();
        Files.delete(dir.resolve("kernel/virtio_blk.ko"));
        assertIncompatible();
    }

    @Test
    void the_initramfs_names_them_in_order_and_is_reproducible() throws IOException {
        List<Path> modules = KernelModules.in(dir).loadOrder(List.of("virtio_pci", "virtio-rng"));
        Path first = dir.resolve("1");
        Path second = dir.resolve("2");
        Initramfs.write(first, "agent".getBytes(StandardCharsets.UTF_8), modules);
        Initramfs.write(second, "agent".getBytes(StandardCharsets.UTF_8), modules);
        assertThat(first).hasSameBinaryContentAs(second);
        try (CpioArchiveInputStream cpio = new CpioArchiveInputStream(Files.newInputStream(first))) {
            for (CpioArchiveEntry entry = cpio.getNextEntry(); entry != null; entry = cpio.getNextEntry()) {
                String content = new String(cpio.readAllBytes(), StandardCharsets.ISO_8859_1);
                switch (entry.getName()) {
                    case "init" -> {
                        assertThat(content).isEqualTo("agent");
                        assertThat(entry.getMode() & 0777).isEqualTo(0755);
                    }
                    case "modules.list" ->
                        assertThat(content).isEqualTo("virtio\nvirtio_ring\nvirtio_pci\nvirtio-rng\n");
                    default -> assertThat(entry.getUID()).isZero();
                }
            }
        }
    }

    private void assertIncompatible() {
        assertThatThrownBy(() -> order("virtio_blk"))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INCOMPATIBLE));
    }

    private List<String> order(String... wanted) throws IOException {
        return KernelModules.in(dir).loadOrder(List.of(wanted)).stream()
                .map(p -> p.getFileName().toString())
                .toList();
    }

    private void module(String name, String depends) throws IOException {
        Files.write(dir.resolve("kernel/" + name + ".ko"), elf(depends));
    }

    /** An ELF file with three sections: none, names, .modinfo. */
    static byte[] elf(String depends) {
        byte[] names = "\0.shstrtab\0.modinfo\0".getBytes(StandardCharsets.UTF_8);
        byte[] info = ("license=GPL\0depends=" + depends + "\0name=x\0").getBytes(StandardCharsets.UTF_8);
        int table = 64 + names.length + info.length;
        ByteBuffer elf = ByteBuffer.allocate(table + 3 * 64).order(ByteOrder.LITTLE_ENDIAN);
        elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
        elf.putLong(0x28, table).putShort(0x3c, (short) 3).putShort(0x3e, (short) 1);
        elf.put(64, names).put(64 + names.length, info);
        elf.putInt(table + 64, 1).putLong(table + 64 + 0x18, 64).putLong(table + 64 + 0x20, names.length);
        elf.putInt(table + 128, 11)
                .putLong(table + 128 + 0x18, 64 + names.length)
                .putLong(table + 128 + 0x20, info.length);
        return elf.array();
    }
}

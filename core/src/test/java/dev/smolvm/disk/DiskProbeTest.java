package dev.smolvm.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiskProbeTest {
    @TempDir
    Path dir;

    @Test
    void a_raw_disk_is_raw() throws Exception {
        Path disk = file("disk.raw", 1 << 20);
        assertThat(DiskProbe.check(disk))
                .isEqualTo(new CheckedDisk(disk.toRealPath(), DiskFormat.RAW, 1 << 20, java.util.List.of()));
    }

    @Test
    void a_crooked_raw_size_is_rounded_up_and_said() throws Exception {
        CheckedDisk checked = DiskProbe.check(file("disk.raw", 1000));
        assertThat(checked.virtualBytes()).isEqualTo(1024);
        assertThat(checked.notes()).hasSize(1);
    }

    @Test
    void a_link_is_resolved_so_that_what_was_checked_is_what_is_opened() throws Exception {
        Path disk = file("disk.raw", 4096);
        Path link = Files.createSymbolicLink(dir.resolve("link"), disk);
        assertThat(DiskProbe.check(link).file()).isEqualTo(disk.toRealPath());
    }

    @Test
    void qemu_s_own_files_are_taken() throws Exception {
        Path disk = dir.resolve("disk.qcow2");
        for (String options : new String[] {
            "compat=1.1",
            "compat=0.10",
            "cluster_size=512",
            "cluster_size=2M",
            "extended_l2=on",
            "compression_type=zstd",
            "refcount_bits=1",
            "lazy_refcounts=on",
            "preallocation=metadata"
        }) {
            Files.deleteIfExists(disk);
            QemuTools.run("qemu-img", "create", "-f", "qcow2", "-o", options, disk.toString(), "100M");
            assertThat(DiskProbe.check(disk))
                    .as(options)
                    .extracting(CheckedDisk::format, CheckedDisk::virtualBytes)
                    .containsExactly(DiskFormat.QCOW2, 100L << 20);
        }
    }

    @Test
    void internal_snapshots_are_allowed_and_said() throws Exception {
        Path disk = qcow2("1M");
        QemuTools.run("qemu-img", "snapshot", "-c", "one", disk.toString());
        assertThat(DiskProbe.check(disk).notes())
                .singleElement()
                .asString()
                .contains("1 internal snapshots are left behind");
    }

    @Fault(Case.F21)
    @Test
    void a_backing_file_is_refused() throws Exception {
        Path base = qcow2("1M");
        Path disk = dir.resolve("child.qcow2");
        QemuTools.run("qemu-img", "create", "-f", "qcow2", "-b", base.toString(), "-F", "qcow2", disk.toString());
        assertRefused(disk, "names a backing file");
        QemuTools.run(
                "qemu-img",
                "create",
                "-u",
                "-f",
                "qcow2",
                "-b",
                "json:{\"driver\":\"file\",\"filename\":\"/etc/shadow\"}",
                "-F",
                "raw",
                disk.toString(),
                "1M");
        assertRefused(disk, "names a backing file");
    }

    @Fault(Case.F21)
    @Test
    void a_data_file_is_refused_by_feature_bit_or_by_name() throws Exception {
        Path disk = dir.resolve("disk.qcow2");
        QemuTools.run(
                "qemu-img", "create", "-f", "qcow2", "-o", "data_file=" + dir.resolve("data"), disk.toString(), "1M");
        assertRefused(disk, "keeps its data in another file");
        patch(disk, 72, new byte[8]);
        assertRefused(disk, "keeps its data in another file");
    }

    @Test
    void encryption_is_refused() throws Exception {
        Path disk = qcow2("1M");
        patch(disk, 32, new byte[] {0, 0, 0, 2});
        assertRefused(disk, "encrypted");
    }

    @Fault(Case.F21)
    @Test
    void dirty_and_corrupt_marks_are_refused() throws Exception {
        Path disk = qcow2("1M");
        patch(disk, 72, new byte[] {0, 0, 0, 0, 0, 0, 0, 1});
        assertRefused(disk, "not closed in order");
        patch(disk, 72, new byte[] {0, 0, 0, 0, 0, 0, 0, 2});
        assertRefused(disk, "corrupt");
    }

    @Fault(Case.F21)
    @Test
    void a_size_over_the_limit_is_refused() throws Exception {
        assertRefused(qcow2("3T"), "2 TiB");
        Path raw = dir.resolve("raw");
        try (RandomAccessFile file = new RandomAccessFile(raw.toFile(), "rw")) {
            file.setLength(DiskProbe.MAX_VIRTUAL_BYTES + 512);
        }
        assertRefused(raw, "2 TiB");
    }

    @Fault(Case.F21)
    @Test
    void eight_exbibytes_need_tables_that_are_not_there() throws Exception {
        Path disk = qcow2("1M");
        patch(disk, 24, ByteBuffer.allocate(8).putLong(Long.MAX_VALUE - 511).array());
        assertThatThrownBy(() -> DiskProbe.check(disk))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INTEGRITY));
    }

    @ParameterizedTest
    @CsvSource({
        "vmdk, VMDK, -f vmdk",
        "vhdx, VHDX, -f vhdx",
        "vpc, VHD, -f vpc",
        "vdi, VirtualBox VDI, -f vdi",
        "qed, QED, -f qed",
        "qcow, qcow version 1, -f qcow",
        "parallels, Parallels, -f parallels"
    })
    void other_formats_are_named_and_their_conversion_too(String qemuName, String label, String advice)
            throws Exception {
        Path disk = dir.resolve("disk");
        QemuTools.run("qemu-img", "create", "-f", qemuName, disk.toString(), "8M");
        assertThatThrownBy(() -> DiskProbe.check(disk))
                .hasMessageContaining("(" + label + ")")
                .isInstanceOfSatisfying(SmolVmException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.USAGE);
                    assertThat(e.advice()).contains(advice);
                });
    }

    @Test
    void a_fixed_vhd_is_known_by_its_footer() throws Exception {
        Path disk = dir.resolve("disk");
        QemuTools.run("qemu-img", "create", "-f", "vpc", "-o", "subformat=fixed", disk.toString(), "8M");
        assertRefused(disk, "VHD");
    }

    @Fault(Case.F21)
    @Test
    void an_empty_file_a_directory_a_device_and_nothing_are_refused() throws Exception {
        assertRefused(file("empty", 0), "empty");
        assertRefused(dir, "not a regular file");
        assertRefused(Path.of("/dev/zero"), "not a regular file");
        assertRefused(Files.createSymbolicLink(dir.resolve("zero"), Path.of("/dev/zero")), "that is /dev/zero");
        assertThatThrownBy(() -> DiskProbe.check(dir.resolve("none")))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
    }

    private static void assertRefused(Path disk, String why) {
        assertThatThrownBy(() -> DiskProbe.check(disk))
                .hasMessageContaining(why)
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.USAGE));
    }

    private Path qcow2(String size) throws Exception {
        Path disk = dir.resolve("disk-" + size + ".qcow2");
        QemuTools.run("qemu-img", "create", "-f", "qcow2", disk.toString(), size);
        return disk;
    }

    private Path file(String name, int bytes) throws IOException {
        return Files.write(dir.resolve(name), new byte[bytes]);
    }

    private static void patch(Path file, long offset, byte[] bytes) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(offset);
            open.write(bytes);
        }
    }
}

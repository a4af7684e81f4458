package dev.smolvm.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Qcow2OverlayTest {
    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(
            longs = {
                512,
                1536,
                2L << 30,
                (512L << 20) + 512,
                10L << 30,
                4L << 40,
                (4L << 40) + 512,
                Qcow2Overlay.MAX_VIRTUAL_BYTES
            })
    void qemu_finds_it_sound_and_empty(long virtualBytes) throws Exception {
        Path overlay = dir.resolve("overlay.qcow2");
        Qcow2Overlay.create(overlay, virtualBytes, Qcow2Overlay.Sync.NO);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(overlay)))
                .isEqualTo("rw-------");
        assertThat(qemuImg("check", "-f", "qcow2", overlay.toString())).contains("No errors were found");
        assertThat(qemuImg("info", "-f", "qcow2", "--output=json", overlay.toString()))
                .contains("\"virtual-size\": " + virtualBytes)
                .contains("\"cluster-size\": 65536")
                .contains("\"compat\": \"1.1\"")
                .doesNotContain("backing");
        Path same = dir.resolve("same.qcow2");
        qemuImg("create", "-q", "-f", "qcow2", same.toString(), Long.toString(virtualBytes));
        assertThat(qemuImg("compare", "-f", "qcow2", "-F", "qcow2", overlay.toString(), same.toString()))
                .contains("Images are identical");

        Qcow2Header header = Qcow2Header.read(overlay);
        assertThat(header.virtualBytes()).isEqualTo(virtualBytes);
        assertThat(header.version()).isEqualTo(3);
        assertThat(header.namesBackingFile()).isFalse();
    }

    @Test
    void takes_writes_above_a_layer_that_is_given_explicitly() throws Exception {
        Path base = dir.resolve("base.qcow2");
        qemuImg("create", "-q", "-f", "qcow2", base.toString(), "64M");
        qemuIo("-f", "qcow2", "-c", "write -P 7 0 1M", base.toString());
        Path overlay = dir.resolve("overlay.qcow2");
        Qcow2Overlay.create(overlay, 64L << 20, Qcow2Overlay.Sync.YES);

        String chain = "driver=qcow2,file.driver=file,file.filename=" + overlay
                + ",backing.driver=qcow2,backing.file.driver=file,backing.file.filename=" + base;
        assertThat(qemuIo(
                        "--image-opts",
                        "-c",
                        "write -P 9 4k 4k",
                        "-c",
                        "read -P 7 0 4k",
                        "-c",
                        "read -P 9 4k 4k",
                        "-c",
                        "read -P 7 8k 100k",
                        "-c",
                        "read -P 0 1M 1M",
                        chain))
                .doesNotContain("Pattern verification failed");
        assertThat(qemuImg("check", "-f", "qcow2", overlay.toString())).contains("No errors were found");
    }

    @Test
    void never_takes_an_existing_file() throws IOException {
        Path overlay = dir.resolve("overlay.qcow2");
        Files.writeString(overlay, "precious");
        assertThatThrownBy(() -> Qcow2Overlay.create(overlay, 1 << 20, Qcow2Overlay.Sync.NO))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(overlay).hasContent("precious");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -512, 513, Qcow2Overlay.MAX_VIRTUAL_BYTES + 512})
    void refuses_a_size_no_disk_can_have(long virtualBytes) {
        assertThatThrownBy(() -> Qcow2Overlay.create(dir.resolve("o"), virtualBytes, Qcow2Overlay.Sync.NO))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static String qemuImg(String... arguments) throws Exception {
        return QemuTools.run("qemu-img", arguments);
    }

    private static String qemuIo(String... arguments) throws Exception {
        return QemuTools.run("qemu-io", arguments);
    }
}

package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Disks whose headers name other files of the host, or ask for too much: refused before any QEMU tool opens them. */
@ExtendWith(ToolExtension.class)
@Fault(Case.F21)
class HostileDiskIT {
    private static final int USAGE = 2;
    private static final int INTEGRITY = 5;
    private static final String SECRET = "nothing for a guest to read";
    /** Where a qcow2 header holds the virtual size (QEMU docs/interop/qcow2.rst). */
    private static final int SIZE_OFFSET = 24;

    private final Tool tool;

    @TempDir
    Path dir;

    private Path secret;

    HostileDiskIT(Tool tool) {
        this.tool = tool;
    }

    @BeforeEach
    void secret() throws IOException {
        secret = Files.write(dir.resolve("secret"), padded(SECRET));
    }

    private static byte[] padded(String text) {
        return java.util.Arrays.copyOf(text.getBytes(StandardCharsets.UTF_8), 1 << 20);
    }

    private enum Trick {
        BACKING_FILE(USAGE, "backing file") {
            @Override
            List<String> create(Path disk, Path secret) {
                return List.of("-u", "-F", "raw", "-b", secret.toString(), disk.toString(), "1M");
            }
        },
        JSON_NAME(USAGE, "backing file") {
            @Override
            List<String> create(Path disk, Path secret) {
                String name =
                        "json:{\"driver\":\"raw\",\"file\":{\"driver\":\"file\",\"filename\":\"" + secret + "\"}}";
                return List.of("-u", "-F", "raw", "-b", name, disk.toString(), "1M");
            }
        },
        DATA_FILE(USAGE, "another file") {
            @Override
            List<String> create(Path disk, Path secret) {
                Path data = disk.resolveSibling("data");
                return List.of("-o", "data_file=" + data + ",data_file_raw=on", disk.toString(), "1M");
            }
        },
        OVER_THE_LIMIT(USAGE, "limit") {
            @Override
            List<String> create(Path disk, Path secret) {
                return List.of(disk.toString(), "3T");
            }
        },
        /** No table of any qcow2 file can map so much. */
        EIGHT_EXBIBYTES(INTEGRITY, "9223372036854775296 bytes") {
            @Override
            List<String> create(Path disk, Path secret) {
                return List.of(disk.toString(), "1M");
            }
        };

        private final int exit;
        private final String reason;

        Trick(int exit, String reason) {
            this.exit = exit;
            this.reason = reason;
        }

        abstract List<String> create(Path disk, Path secret);
    }

    private Path disk(Trick trick) throws Exception {
        Path disk = dir.resolve("disk.qcow2");
        qemuImg(trick.create(disk, secret));
        if (trick == Trick.EIGHT_EXBIBYTES) {
            try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
                file.seek(SIZE_OFFSET);
                file.writeLong(Long.MAX_VALUE & -512);
            }
        }
        return disk;
    }

    private static void qemuImg(List<String> arguments) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of("qemu-img", "create", "-q", "-f", "qcow2"));
        command.addAll(arguments);
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void isNeitherImportedNorAttached(Trick trick) throws Exception {
        Path disk = disk(trick);
        Path started = dir.resolve("started");

        Outcome imported = tool.run(Strace.programs(started), "image", "import", "hostile", "--disk", disk.toString())
                .exited(trick.exit);
        Outcome attached = tool.run(
                        Strace.programs(started),
                        "sandbox",
                        "create",
                        "--name",
                        "hostile",
                        "--image",
                        "tiny",
                        "--drive",
                        disk.toString())
                .exited(trick.exit);

        assertThat(imported.err()).contains(disk.toString(), trick.reason, "hint: ");
        assertThat(attached.err()).contains(disk.toString(), trick.reason, "hint: ");
        assertThat(started).content().doesNotContain("qemu");
        assertThat(tool.run("image", "list").succeeded().out()).doesNotContain("hostile");
        assertThat(tool.sandboxes()).doesNotContain("hostile");
        assertThat(secret).hasBinaryContent(padded(SECRET));
    }

    /** A guest can write what it likes into its own disk; it stays what it was. */
    @Test
    void aRawDriveIntoWhichItsGuestWroteAHeaderStaysRaw() throws Exception {
        Path header = disk(Trick.BACKING_FILE);
        Path drive = Files.write(dir.resolve("drive.raw"), padded("raw"));
        tool.run("sandbox", "create", "--name", "raw", "--image", "tiny", "--drive", drive.toString())
                .succeeded();
        try {
            tool.run("sandbox", "file", "upload", "raw", header.toString(), "/root/header")
                    .succeeded();
            tool.guest("raw", "cat /root/header > /dev/vdb; sync");
            tool.run("sandbox", "stop", "raw").succeeded();
            tool.run("sandbox", "start", "raw").succeeded();

            assertThat(tool.guest(
                            "raw",
                            "blockdev --getsize64 /dev/vdb; head -c 3 /dev/vdb; grep -c '" + SECRET
                                    + "' /dev/vdb || :"))
                    .isEqualTo((1 << 20) + "\nQFI0");
        } finally {
            tool.run("sandbox", "delete", "--force", "raw").succeeded();
        }
        assertThat(Files.readAllBytes(drive)).startsWith(Files.readAllBytes(header));
        assertThat(tool.run("image", "import", "hostile", "--disk", drive.toString())
                        .exited(USAGE)
                        .err())
                .contains("backing file");
    }
}

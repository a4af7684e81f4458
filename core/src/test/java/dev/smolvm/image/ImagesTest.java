package dev.smolvm.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Command;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.Store;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImagesTest {
    private static final ImageName NAME = new ImageName("mine");

    @TempDir
    Path dir;

    private Store store;
    private Images images;
    private final List<String> notes = new ArrayList<>();

    @BeforeEach
    void open() {
        store = Store.open(dir.resolve("store"), Duration.ofMillis(100));
        images = new Images(store);
    }

    @Test
    void a_raw_disk_is_imported_as_it_is_even_with_a_qcow2_header_further_in() throws Exception {
        Path disk = dir.resolve("disk.raw");
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(3 << 20);
            file.seek(1 << 20);
            file.writeBytes("QFI\u00fb marker");
        }
        ImageManifest image = take(disk, Images.IfExists.FAIL);
        assertThat(image.boot()).isEqualTo(new ImageManifest.Boot.FromDisk(ImageManifest.Firmware.UEFI));
        assertThat(image.sshUser()).contains("admin");
        assertThat(image.diskBytes()).isEqualTo(3 << 20);
        assertSame(disk, "raw", image);
        assertThat(images.inspect(NAME)).isEqualTo(image);
        assertThat(store.layout().tmp()).isEmptyDirectory();
    }

    @Test
    void a_qcow2_disk_keeps_its_content_and_loses_its_snapshots() throws Exception {
        Path disk = dir.resolve("disk.qcow2");
        Command.of("qemu-img", "create", "-f", "qcow2", disk.toString(), "8M").check();
        Command.of("qemu-io", "-f", "qcow2", "-c", "write -P 5 1M 1M", disk.toString())
                .check();
        Command.of("qemu-img", "snapshot", "-c", "old", disk.toString()).check();
        assertSame(disk, "qcow2", take(disk, Images.IfExists.FAIL));
        assertThat(notes).hasSize(1);
    }

    @Test
    void a_refused_disk_leaves_nothing() throws Exception {
        Path disk = dir.resolve("disk.qcow2");
        Command.of(
                        "qemu-img",
                        "create",
                        "-q",
                        "-u",
                        "-f",
                        "qcow2",
                        "-b",
                        "/etc/shadow",
                        "-F",
                        "raw",
                        disk.toString(),
                        "8M")
                .check();
        assertKind(ErrorKind.USAGE, () -> take(disk, Images.IfExists.FAIL));
        assertThat(images.list()).isEmpty();
        assertThat(store.layout().layers()).isEmptyDirectory();
        assertThat(store.layout().tmp()).isEmptyDirectory();
    }

    @Test
    void a_taken_name_is_a_conflict_unless_it_is_to_be_replaced() throws Exception {
        Path disk = Files.write(dir.resolve("disk"), new byte[1 << 20]);
        ImageManifest first = take(disk, Images.IfExists.FAIL);
        assertKind(ErrorKind.CONFLICT, () -> take(disk, Images.IfExists.FAIL));
        ImageManifest second = take(disk, Images.IfExists.REPLACE);
        assertThat(images.list()).containsExactly(second).doesNotContain(first);
    }

    @Test
    void an_image_is_removed_with_the_files_that_nothing_else_names() throws Exception {
        ImageManifest image = take(Files.write(dir.resolve("disk"), new byte[1 << 20]), Images.IfExists.FAIL);
        images.remove(NAME);
        assertThat(images.find(NAME)).isEmpty();
        assertThat(store.layout().blob(image.root())).doesNotExist();
        assertKind(ErrorKind.NOT_FOUND, () -> images.remove(NAME));
        assertKind(ErrorKind.NOT_FOUND, () -> images.inspect(NAME));
    }

    @Test
    void a_damaged_manifest_is_named_and_can_be_removed() throws Exception {
        take(Files.write(dir.resolve("disk"), new byte[1 << 20]), Images.IfExists.FAIL);
        Files.writeString(store.layout().imageManifest(NAME), "{\"format\":1,\"format\":1}");
        assertKind(ErrorKind.INTEGRITY, () -> images.inspect(NAME));
        assertThat(images.sound()).isEmpty();
        images.remove(NAME);
        assertThat(images.list()).isEmpty();
    }

    @Test
    void names_and_users_that_are_none_are_usage_errors() {
        for (String bad : List.of("../x", "/x", "", "-x", "a\nb", "A", "x".repeat(300), "é", "a,b")) {
            assertKind(ErrorKind.USAGE, () -> new ImageName(bad));
            assertKind(ErrorKind.USAGE, () -> imported(Path.of("x"), bad.equals("A") ? "-A" : bad));
            assertKind(ErrorKind.USAGE, () -> new ImageRequest.Debian(NAME, List.of("vim", bad), true));
        }
    }

    @Test
    void the_release_is_the_host_s_where_it_is_a_debian() {
        assertThat(DebianRoot.release("ID=debian\nVERSION_CODENAME=trixie\n")).isEqualTo("trixie");
        assertThat(DebianRoot.release("ID=ubuntu\nVERSION_CODENAME=noble\n")).isEqualTo("bookworm");
        assertThat(DebianRoot.release("ID=debian\nVERSION_CODENAME=\"$(x)\"\n")).isEqualTo("bookworm");
    }

    @Test
    void the_kernel_package_is_the_meta_package_s_dependency() {
        assertThat(
                        KernelPackage.parse(
                                """
                        Package: linux-image-cloud-amd64
                        Version: 6.1.192-2
                        Depends: linux-image-6.1.0-56-cloud-amd64 (= 6.1.192-2)
                        """))
                .contains(new KernelPackage("linux-image-6.1.0-56-cloud-amd64", "6.1.192-2"));
        assertThat(KernelPackage.parse("Package: x\nDepends: libc6\n")).isEmpty();
    }

    private ImageManifest take(Path disk, Images.IfExists ifExists) {
        return images.build(imported(disk, "admin"), ifExists, Progress.NONE, notes::add);
    }

    private static ImageRequest imported(Path disk, String user) {
        return new ImageRequest.Imported(NAME, disk, ImageManifest.GuestOs.LINUX, ImageManifest.Firmware.UEFI, user);
    }

    private void assertSame(Path disk, String format, ImageManifest image) {
        Command.of(
                        "qemu-img",
                        "compare",
                        "-f",
                        format,
                        "-F",
                        "qcow2",
                        disk.toString(),
                        store.layout().blob(image.root()).toString())
                .check();
    }

    private static void assertKind(ErrorKind kind, Runnable action) {
        assertThatThrownBy(action::run).isInstanceOfSatisfying(SmolVmException.class, e -> assertThat(e.kind())
                .isEqualTo(kind));
    }
}

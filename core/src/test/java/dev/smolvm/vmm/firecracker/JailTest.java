package dev.smolvm.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.os.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What root gives a jail; who is not root can give nothing away, and is told so. */
class JailTest {
    private static final Path BINARY = Path.of("/opt/firecracker-v1");

    @TempDir
    Path directory;

    private Path run;

    @BeforeEach
    void make() throws IOException {
        run = run("box", 1);
    }

    private Path run(String sandbox, int generation) throws IOException {
        return Files.createDirectories(directory.resolve(sandbox + "/vm/run-" + generation));
    }

    @Test
    void a_sandbox_has_one_user_for_all_its_runs_far_from_the_systems() throws IOException {
        Jail jail = Jail.in(run);
        assertThat(jail.user()).isEqualTo(Jail.in(run("box", 2)).user());
        assertThat(jail.user()).isNotEqualTo(Jail.in(run("other", 1)).user());
        assertThat(jail.user()).isBetween(Jail.FIRST_USER + 1, Jail.FIRST_USER + (1 << 16));
        assertThat(Quarters.of(run)).isEqualTo(new OpenQuarters(run));
        Files.createDirectory(Jail.base(run));
        assertThat(Quarters.of(run)).isEqualTo(jail);
    }

    @Test
    void files_are_there_as_links_and_only_its_own_can_be_written() throws IOException {
        Path disk = Files.writeString(directory.resolve("disk"), "disk");
        Path kernel = Files.writeString(directory.resolve("kernel"), "kernel");
        if (!Programs.isRoot()) {
            assertThatThrownBy(() -> Jail.build(run, BINARY)).isInstanceOf(IOException.class);
            return;
        }
        Jail jail = Jail.build(run, BINARY);
        Path root = run.resolve("jail/firecracker-v1/vm/root");
        assertThat(jail.root()).isEqualTo(root);
        assertThat(owner(root)).isEqualTo(jail.user());
        // Nobody else gets that far.
        assertThat(Files.getPosixFilePermissions(run.resolve("jail")))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        assertThat(owner(run.resolve("jail"))).isZero();

        jail.give("disk-root", disk, true);
        jail.give("kernel", kernel, false);
        assertThat(Files.isSameFile(root.resolve("disk-root"), disk)).isTrue();
        assertThat(owner(disk)).isEqualTo(jail.user());
        assertThat(owner(kernel)).isZero();
        assertThat(Files.getAttribute(kernel, "unix:gid")).isEqualTo(Jail.GROUP);
        assertThat(Files.getPosixFilePermissions(kernel)).isEqualTo(PosixFilePermissions.fromString("r--r-----"));
        assertThat(Files.readSymbolicLink(run.resolve(RunFiles.API_SOCKET))).isEqualTo(root.resolve("api.sock"));
    }

    @Test
    void what_a_capture_wrote_becomes_ours() throws IOException {
        if (!Programs.isRoot()) {
            assertThatThrownBy(() -> Jail.build(run, BINARY)).isInstanceOf(IOException.class);
            return;
        }
        Jail jail = Jail.build(run, BINARY);
        Path capture = Files.createDirectory(directory.resolve("capture"));
        jail.openCapture(capture);
        Path inside = jail.root().resolve(RunFiles.CAPTURE);
        assertThat(owner(inside)).isEqualTo(jail.user());
        Path written = Files.writeString(inside.resolve("memory"), "pages");
        Files.setAttribute(written, "unix:uid", jail.user());
        jail.closeCapture(capture, List.of("memory"));
        assertThat(capture.resolve("memory")).hasContent("pages");
        assertThat(owner(capture.resolve("memory"))).isZero();
        assertThat(inside).doesNotExist();

        Path kernel = Files.writeString(directory.resolve("kernel"), "shared");
        jail.openCapture(capture);
        Files.createLink(inside.resolve("device.state"), kernel);
        assertThatThrownBy(() -> jail.closeCapture(capture, List.of("device.state")))
                .hasMessageContaining("device.state");
        assertThat(owner(kernel)).isZero();
        jail.openCapture(capture);
        Files.createSymbolicLink(inside.resolve("device.state"), kernel);
        assertThatThrownBy(() -> jail.closeCapture(capture, List.of("device.state")))
                .hasMessageContaining("device.state");
        assertThat(kernel).hasContent("shared");
    }

    private static int owner(Path file) throws IOException {
        return (int) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }
}

package dev.smolvm.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SetupTest {
    private static final String INSTALL =
            "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ";

    @TempDir
    Path etc;

    @BeforeEach
    void directories() throws Exception {
        Files.createDirectories(etc.resolve("apt/sources.list.d"));
    }

    @Test
    void nothing_is_done_where_nothing_is_missing() {
        assertThat(setup(true).plan(Set.of(), false)).isEmpty();
    }

    @Test
    void missing_packages_are_installed_in_one_command() throws Exception {
        release("debian", "trixie");
        assertThat(shown(setup(true).plan(Set.of("mmdebstrap"), false)))
                .containsExactly("apt-get update", INSTALL + "mmdebstrap");
    }

    @Test
    void a_plain_user_gets_sudo() throws Exception {
        release("debian", "trixie");
        assertThat(shown(setup(false).plan(Set.of("qemu-utils"), false)))
                .containsExactly("sudo apt-get update", "sudo " + INSTALL + "qemu-system-x86 qemu-utils");
    }

    @Test
    void bookworm_gets_qemu_from_backports_on_the_archive_it_uses_already() throws Exception {
        release("debian", "bookworm");
        Files.writeString(
                etc.resolve("apt/sources.list.d/debian.sources"),
                """
                Types: deb
                URIs: http://mirror.example/debian
                Suites: bookworm bookworm-updates
                Components: main
                Signed-By: /k.gpg
                """);
        List<Setup.Step> steps = setup(true).plan(Set.of("zstd", "qemu-utils"), true);
        assertThat(steps.getFirst().command())
                .containsExactly(
                        "sh",
                        "-c",
                        "printf %s \"$1\" >\"$2\"",
                        "sh",
                        """
                        Types: deb
                        URIs: http://mirror.example/debian
                        Suites: bookworm-backports
                        Components: main
                        Signed-By: /k.gpg
                        """,
                        "/etc/apt/sources.list.d/smolvm-backports.sources");
        assertThat(shown(steps).subList(1, 4))
                .containsExactly(
                        "apt-get update",
                        INSTALL + "-t bookworm-backports qemu-system-x86 qemu-utils",
                        INSTALL + "zstd");
    }

    @Test
    void backports_that_apt_knows_are_not_enabled_again() throws Exception {
        release("debian", "bookworm");
        Files.writeString(
                etc.resolve("apt/sources.list"), "deb http://mirror.example/debian bookworm-backports main\n");
        assertThat(shown(setup(true).plan(Set.of(), true)))
                .containsExactly("apt-get update", INSTALL + "-t bookworm-backports qemu-system-x86 qemu-utils");
    }

    @Test
    void a_bookworm_without_its_own_source_is_told_what_to_add() throws Exception {
        release("debian", "bookworm");
        assertThatThrownBy(() -> setup(true).plan(Set.of(), true)).isInstanceOfSatisfying(SmolVmException.class, e -> {
            assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND);
            assertThat(e.advice()).contains("bookworm-backports");
        });
    }

    private Setup setup(boolean root) {
        return new Setup(Map.of(), etc, root);
    }

    private void release(String id, String codename) throws Exception {
        Files.writeString(etc.resolve("os-release"), "ID=" + id + "\nVERSION_CODENAME=" + codename + "\n");
    }

    private static List<String> shown(List<Setup.Step> steps) {
        return steps.stream().map(Setup.Step::toString).toList();
    }
}

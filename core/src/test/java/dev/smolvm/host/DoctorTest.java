package dev.smolvm.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.store.Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
    @TempDir
    Path dir;

    @Test
    void looks_at_everything_and_leaves_nothing_behind() throws Exception {
        Path home = dir.resolve("store");
        List<Check> checks = new Doctor(Map.of(), home).examine();
        assertThat(checks)
                .extracting(Check::id)
                .contains("jdk", "qemu", "qemu-img", "accelerator", "store", "space", "direct_io", "reflink", "sparse")
                .doesNotHaveDuplicates();
        assertThat(checks).allSatisfy(c -> assertThat(c.detail()).isNotBlank());
        assertThat(dir).isEmptyDirectory();

        Store.open(home, Duration.ZERO);
        Files.createDirectory(home.resolve("images/tiny"));
        assertThat(find(new Doctor(Map.of(), home).examine(), "store").detail())
                .isEqualTo(home + ": 1 image, 0 sandboxes, 0 snapshots, 0 files in layers");
        assertThat(home.resolve("tmp")).isEmptyDirectory();
    }

    @Test
    void a_directory_with_other_files_is_not_a_store() throws Exception {
        Files.writeString(dir.resolve("thesis.txt"), "");
        Check store = find(new Doctor(Map.of(), dir).examine(), "store");
        assertThat(store.status()).isEqualTo(Check.Status.FAIL);
        assertThat(store.fix()).contains("SMOLVM_HOME");
    }

    @Test
    void a_wrong_smolvm_qemu_is_named() {
        Check qemu = find(new Doctor(Map.of("SMOLVM_QEMU", "/no/qemu"), dir).examine(), "qemu");
        assertThat(qemu.status()).isEqualTo(Check.Status.FAIL);
        assertThat(qemu.detail()).contains("/no/qemu");
    }

    @Test
    void an_old_qemu_says_in_which_form_it_saves_memory() throws Exception {
        Path old = Files.writeString(
                dir.resolve("qemu"),
                """
                #!/bin/sh
                echo '{"QMP":{}}'
                while read -r line; do
                    id=${line##*'"id":'}
                    case $line in
                    *query-version*) answer='{"qemu":{"major":7,"minor":2,"micro":15}}' ;;
                    *query-machines*) answer='[{"alias":"q35","name":"pc-q35-7.2"}]' ;;
                    *query-migrate-capabilities* | *query-commands* | *qom-list-properties*) answer='[]' ;;
                    *) answer='{}' ;;
                    esac
                    printf '{"return":%s,"id":%s}\\n' "$answer" "${id%?}"
                done
                """);
        assertThat(old.toFile().setExecutable(true)).isTrue();
        Check qemu = find(new Doctor(Map.of("SMOLVM_QEMU", old.toString()), dir).examine(), "qemu");
        assertThat(qemu.status()).isEqualTo(Check.Status.WARN);
        assertThat(qemu.detail()).contains("7.2.15").contains("plain stream").contains("9.0 or newer");
    }

    @Test
    void the_launcher_s_answer_is_judged() {
        assertThat(LauncherProbe.verdict("{\"landlock_abi\":4}\n").status()).isEqualTo(Check.Status.OK);
        assertThat(LauncherProbe.verdict("{\"landlock_abi\":0}\n").status()).isEqualTo(Check.Status.WARN);
    }

    private static Check find(List<Check> checks, String id) {
        return checks.stream().filter(c -> c.id().equals(id)).findFirst().orElseThrow();
    }
}

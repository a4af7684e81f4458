package dev.smolvm.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.vmm.Accelerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With a script in Firecracker's place, and files in that of the kernel's settings. */
class FirecrackerChecksTest {
    @TempDir
    Path dir;

    private final Map<String, String> environment = new HashMap<>();
    private Accelerator accelerator = Accelerator.KVM;
    private boolean root;

    @BeforeEach
    void a_host_where_it_works() throws IOException {
        install("1.16.1");
        Files.createFile(dir.resolve("tun"));
        set("user/max_user_namespaces", "63000");
    }

    @Test
    void what_is_there_is_shown_with_its_version_and_that_of_its_state_files() {
        assertThat(examine())
                .extracting(Check::id)
                .containsExactly("firecracker", "backend", "user_namespaces", "tun", "slirp4netns");
        assertThat(status("firecracker")).isEqualTo(Check.Status.OK);
        assertThat(find("firecracker").detail()).contains("1.16.1", "10.0.0", dir.toString());
        assertThat(find("backend").detail()).contains("auto takes Firecracker");
        assertThat(status("user_namespaces")).isEqualTo(Check.Status.OK);
        assertThat(status("tun")).isEqualTo(Check.Status.OK);
    }

    @Test
    void nothing_is_ever_a_failure_and_each_warning_of_what_is_missing_has_its_fix() throws IOException {
        root = true;
        Files.delete(dir.resolve("tun"));
        assertThat(examine()).extracting(Check::status).doesNotContain(Check.Status.FAIL);
        assertThat(examine())
                .filteredOn(c -> c.status() == Check.Status.WARN)
                .isNotEmpty()
                .allSatisfy(c -> assertThat(c.fix()).isNotBlank());
    }

    @Test
    void without_it_one_line_says_how_to_get_it_and_what_it_would_need_is_not_looked_for() {
        environment.clear();
        environment.put("PATH", "/nowhere");
        assertThat(examine()).extracting(Check::id).containsExactly("firecracker", "backend");
        assertThat(status("firecracker")).isEqualTo(Check.Status.WARN);
        assertThat(find("firecracker").fix()).contains("releases");
        assertThat(find("backend").detail()).contains("auto takes QEMU");
    }

    @Test
    void without_kvm_nobody_is_told_to_install_it() {
        accelerator = Accelerator.TCG;
        assertThat(find("backend").detail()).contains("auto takes QEMU", "KVM");
        environment.clear();
        environment.put("PATH", "/nowhere");
        assertThat(find("firecracker").detail()).contains("not installed", "KVM");
        assertThat(find("firecracker").fix()).isEmpty();
    }

    @Test
    void a_version_that_cannot_be_used_is_named_and_a_newer_one_is_a_warning() throws IOException {
        install("1.9.0");
        assertThat(status("firecracker")).isEqualTo(Check.Status.WARN);
        assertThat(find("firecracker").detail()).contains("1.9.0", "1.10");
        install("1.18.0");
        assertThat(status("firecracker")).isEqualTo(Check.Status.WARN);
        assertThat(find("firecracker").detail()).contains("1.18.0", "newer");
        assertThat(find("backend").detail()).contains("auto takes Firecracker");
    }

    @Test
    void a_wrong_name_of_the_binary_or_the_jailer_is_shown() {
        environment.put("SMOLVM_JAILER", "/no/jailer");
        assertThat(find("firecracker").detail()).contains("/no/jailer");
        environment.put("SMOLVM_FIRECRACKER", "/no/firecracker");
        assertThat(find("firecracker").detail()).contains("/no/firecracker");
    }

    @Test
    void root_needs_the_jailer_and_no_user_namespaces() throws IOException {
        root = true;
        assertThat(examine()).extracting(Check::id).contains("jailer").doesNotContain("user_namespaces");
        assertThat(status("jailer")).isEqualTo(Check.Status.WARN);
        assertThat(find("jailer").fix()).contains(dir.toString());
        Path jailer = script("jailer", "");
        assertThat(find("jailer").detail()).contains(jailer.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "kernel/unprivileged_userns_clone, 0, kernel.unprivileged_userns_clone=1",
        "kernel/apparmor_restrict_unprivileged_userns, 1, kernel.apparmor_restrict_unprivileged_userns=0",
        "user/max_user_namespaces, 0, user.max_user_namespaces=10000",
    })
    void a_setting_that_forbids_user_namespaces_is_named_with_the_command_that_changes_it(
            String setting, String value, String fix) throws IOException {
        set(setting, value);
        assertThat(status("user_namespaces")).isEqualTo(Check.Status.WARN);
        assertThat(find("user_namespaces").fix()).isEqualTo("sudo sysctl " + fix);
    }

    @Test
    void a_missing_tun_device_is_named() throws IOException {
        Files.delete(dir.resolve("tun"));
        assertThat(status("tun")).isEqualTo(Check.Status.WARN);
        assertThat(find("tun").detail()).contains("--network none");
        assertThat(find("tun").fix()).isEqualTo("sudo modprobe tun");
    }

    private List<Check> examine() {
        return new FirecrackerChecks(
                        environment,
                        new Accelerator.Detected(accelerator, "a test says so"),
                        root,
                        dir.resolve("tun"),
                        dir.resolve("sys"))
                .examine();
    }

    private Check find(String id) {
        Optional<Check> found =
                examine().stream().filter(c -> c.id().equals(id)).findFirst();
        return found.orElseThrow();
    }

    private Check.Status status(String id) {
        return find(id).status();
    }

    private void set(String setting, String value) throws IOException {
        Path file = dir.resolve("sys").resolve(setting);
        Files.createDirectories(file.getParent());
        Files.writeString(file, value + "\n");
    }

    private void install(String version) throws IOException {
        Path firecracker = script(
                "firecracker",
                """
                case $1 in
                --version) echo 'Firecracker v%s' ;;
                --snapshot-version) echo v10.0.0 ;;
                esac
                """
                        .formatted(version));
        environment.put("PATH", dir + ":/usr/bin:/bin");
        environment.put("SMOLVM_FIRECRACKER", firecracker.toString());
    }

    private Path script(String name, String text) throws IOException {
        Path file = Files.writeString(dir.resolve(name), "#!/bin/sh\n" + text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}

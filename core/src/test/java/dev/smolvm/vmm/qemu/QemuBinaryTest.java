package dev.smolvm.vmm.qemu;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a script in QEMU's place, which counts how often it is asked. */
class QemuBinaryTest {
    @TempDir
    Path directory;

    private Path qemu;
    private Path cache;

    @BeforeEach
    void install() throws IOException {
        qemu = directory.resolve("bin/qemu-system-x86_64");
        cache = directory.resolve("tools/qemu.json");
        Files.createDirectory(qemu.getParent());
        install("{\"capability\": \"mapped-ram\", \"state\": false}", "\"direct-io\": false");
    }

    @Test
    void what_it_can_do_is_asked_and_not_guessed() throws IOException {
        assertThat(find()).isEqualTo(new QemuBinary(qemu, "10.0.2", "pc-q35-10.0", true, true, true, true));
        install("{\"capability\": \"multifd\", \"state\": false}", "\"max-bandwidth\": 1");
        assertThat(find()).isEqualTo(new QemuBinary(qemu, "10.0.2", "pc-q35-10.0", false, false, true, true));
    }

    @Test
    void is_asked_once_until_it_changes() throws IOException {
        QemuBinary first = find();
        assertThat(find()).isEqualTo(first);
        assertThat(timesAsked()).isEqualTo(1);
        Files.setLastModifiedTime(qemu, java.nio.file.attribute.FileTime.fromMillis(1_000));
        find();
        assertThat(timesAsked()).isEqualTo(2);
    }

    @Test
    void a_damaged_cache_is_asked_around() throws IOException {
        find();
        for (String damaged : new String[] {"", "{", "[]", "{\"key\":1}", "{\"key\":\"other\"}"}) {
            Files.writeString(cache, damaged);
            assertThat(find().version()).isEqualTo("10.0.2");
        }
        assertThat(timesAsked()).isEqualTo(6);
        find();
        assertThat(timesAsked()).isEqualTo(6);
    }

    @Test
    void the_environment_names_it() {
        Map<String, String> named = Map.of("SMOLVM_QEMU", qemu.toString(), "PATH", "/nowhere");
        assertThat(QemuBinary.find(named, cache).path()).isEqualTo(qemu);
        assertThat(kindOf(() -> QemuBinary.find(Map.of("SMOLVM_QEMU", "/nowhere/qemu"), cache)))
                .isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(kindOf(() -> QemuBinary.find(Map.of("PATH", "/nowhere"), cache)))
                .isEqualTo(ErrorKind.NOT_FOUND);
    }

    @Test
    void a_program_that_is_not_qemu_is_a_failure_of_ours_and_leaves_no_process() throws IOException {
        Files.writeString(qemu, "#!/bin/sh\necho hello; exec sleep 60\n");
        assertThat(kindOf(this::find)).isEqualTo(ErrorKind.INTEGRITY);
        Files.writeString(qemu, "#!/bin/sh\nexit 1\n");
        assertThat(kindOf(this::find)).isEqualTo(ErrorKind.VM_DIED);
        assertThat(cache).doesNotExist();
    }

    private QemuBinary find() {
        return QemuBinary.find(Map.of("PATH", "/nowhere:" + qemu.getParent()), cache);
    }

    private int timesAsked() throws IOException {
        return Files.readAllLines(directory.resolve("asked")).size();
    }

    private void install(String capability, String parameter) throws IOException {
        Files.writeString(
                qemu,
                """
                #!/bin/sh
                echo asked >> '%s/asked'
                echo '{"QMP": {"version": {}, "capabilities": []}}'
                while read -r line; do
                    id=$(echo "$line" | sed 's/.*"id":\\([0-9]*\\).*/\\1/')
                    case $line in
                    *qmp_capabilities*) answer='{}' ;;
                    *query-version*) answer='{"qemu": {"major": 10, "minor": 0, "micro": 2}}' ;;
                    *query-machines*) answer='[{"name": "none"}, {"name": "pc-q35-10.0", "alias": "q35"}]' ;;
                    *query-migrate-parameters*) answer='{%s}' ;;
                    *query-migrate-capabilities*) answer='[%s]' ;;
                    *qom-list-properties*) answer='[{"name": "rom", "type": "OnOffAuto"}]' ;;
                    *query-commands*) answer='[{"name": "blockdev-set-active"}]' ;;
                    esac
                    echo "{\\"return\\": $answer, \\"id\\": $id}"
                done
                """
                        .formatted(directory, parameter, capability));
        Files.setPosixFilePermissions(qemu, PosixFilePermissions.fromString("rwx------"));
    }
}

package dev.smolvm.vmm.firecracker;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With a script in Firecracker's place, which counts how often it is asked. */
class FirecrackerBinaryTest {
    @TempDir
    Path directory;

    private Path firecracker;
    private Path cache;

    @BeforeEach
    void install() throws IOException {
        firecracker = directory.resolve("bin/firecracker");
        cache = directory.resolve("tools/firecracker.json");
        Files.createDirectory(firecracker.getParent());
        install("v1.16.1");
    }

    @Test
    void its_version_and_that_of_its_snapshots_are_asked() {
        assertThat(find())
                .isEqualTo(new FirecrackerBinary(
                        firecracker, new FirecrackerVersion(1, 16, 1), "10.0.0", Optional.empty()));
        assertThat(FirecrackerBinary.find(Map.of("SMOLVM_FIRECRACKER", firecracker.toString()))
                        .version())
                .hasToString("1.16.1");
    }

    @Test
    void is_asked_once_until_it_changes() throws IOException {
        FirecrackerBinary first = find();
        assertThat(find()).isEqualTo(first);
        assertThat(timesAsked()).isEqualTo(2);
        Files.setLastModifiedTime(firecracker, FileTime.fromMillis(1_000));
        find();
        assertThat(timesAsked()).isEqualTo(4);
    }

    @Test
    void a_damaged_cache_is_asked_around() throws IOException {
        find();
        String whole = Files.readString(cache);
        for (String damaged : new String[] {"", "{", "[]", "{\"key\":1}", whole.replace("1.16.1", "new")}) {
            Files.writeString(cache, damaged);
            assertThat(find().version().minor()).isEqualTo(16);
        }
        assertThat(timesAsked()).isEqualTo(12);
        find();
        assertThat(timesAsked()).isEqualTo(12);
    }

    @Test
    void the_environment_names_it() {
        Map<String, String> named = Map.of("SMOLVM_FIRECRACKER", firecracker.toString(), "PATH", "/nowhere");
        assertThat(FirecrackerBinary.find(named, cache).path()).isEqualTo(firecracker);
        assertThat(kindOf(() -> FirecrackerBinary.find(Map.of("SMOLVM_FIRECRACKER", "/nowhere/f"), cache)))
                .isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(kindOf(() -> FirecrackerBinary.find(Map.of("PATH", "/nowhere"), cache)))
                .isEqualTo(ErrorKind.NOT_FOUND);
    }

    @Test
    void the_jailer_is_the_one_beside_it_or_the_one_named() throws IOException {
        Path beside = executable("bin/jailer");
        Path other = executable("jailer");
        assertThat(find().jailer()).contains(beside);
        Map<String, String> named = Map.of(
                "SMOLVM_FIRECRACKER", firecracker.toString(), "SMOLVM_JAILER", other.toString(), "PATH", "/nowhere");
        assertThat(FirecrackerBinary.find(named, cache).jailer()).contains(other);
        Files.delete(other);
        assertThat(kindOf(() -> FirecrackerBinary.find(named, cache))).isEqualTo(ErrorKind.NOT_FOUND);
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1.9.1", "v0.25.2", "v2.0.0"})
    void a_release_that_we_cannot_speak_to_is_refused(String version) throws IOException {
        install(version);
        assertThatThrownBy(this::find)
                .isInstanceOfSatisfying(SmolVmException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.INCOMPATIBLE);
                    assertThat(e.advice()).isNotEmpty();
                })
                .hasMessageContaining(version.substring(1))
                .hasMessageContaining("1.10.0 or later");
        assertThat(cache).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1.10.0", "v1.17.0-dev", "v1.25.3"})
    void every_other_release_is_taken(String version) throws IOException {
        install(version);
        assertThat(find().version().minor()).isGreaterThanOrEqualTo(10);
    }

    @Test
    void a_program_that_is_not_firecracker_is_refused() throws IOException {
        Files.writeString(firecracker, "#!/bin/sh\necho hello\n");
        assertThat(kindOf(this::find)).isEqualTo(ErrorKind.INCOMPATIBLE);
        Files.writeString(firecracker, "#!/bin/sh\necho Firecracker v1.16.1\nexit 1\n");
        assertThat(kindOf(this::find)).isEqualTo(ErrorKind.INCOMPATIBLE);
        assertThat(cache).doesNotExist();
    }

    @Test
    void a_version_answers_for_what_it_has() {
        FirecrackerVersion oldest = FirecrackerVersion.parse("1.10.1");
        assertThat(oldest.loadTracksDirtyPages()).isFalse();
        FirecrackerVersion middle = FirecrackerVersion.parse("v1.13.0");
        assertThat(middle.loadTracksDirtyPages()).isTrue();
        FirecrackerVersion before = FirecrackerVersion.parse("v1.15.9");
        assertThat(before.diffOfLargeMemory()).isTrue();
        assertThat(before.clockRealtime()).isFalse();
        assertThat(before.resumeNeedsSave()).isFalse();
        assertThat(FirecrackerVersion.NEWEST_KNOWN.clockRealtime()).isTrue();
        assertThat(FirecrackerVersion.parse("1.16.0").resumeNeedsSave()).isTrue();
        assertThat(kindOf(() -> FirecrackerVersion.parse("1.16"))).isEqualTo(ErrorKind.INCOMPATIBLE);
        assertThat(oldest).isLessThan(middle).isGreaterThan(FirecrackerVersion.OLDEST);
    }

    private FirecrackerBinary find() {
        return FirecrackerBinary.find(Map.of("PATH", "/nowhere:" + firecracker.getParent()), cache);
    }

    private int timesAsked() throws IOException {
        return Files.readAllLines(directory.resolve("asked")).size();
    }

    private Path executable(String name) throws IOException {
        Path file = Files.writeString(directory.resolve(name), "#!/bin/sh\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    private void install(String version) throws IOException {
        Files.writeString(
                firecracker,
                """
                #!/bin/sh
                echo asked >> '%s/asked'
                case $*  in
                --version) echo 'Firecracker %s'; echo ;;
                --snapshot-version) echo v10.0.0 ;;
                '--describe-snapshot /good') echo v10.0.0 ;;
                *) echo '2026-01-01T00:00:00 [anonymous-instance:main] Error'; exit 1 ;;
                esac
                echo '2026-01-01T00:00:00.1 [anonymous-instance:main] Firecracker exiting successfully. exit_code=0'
                """
                        .formatted(directory, version));
        Files.setPosixFilePermissions(firecracker, PosixFilePermissions.fromString("rwx------"));
    }
}

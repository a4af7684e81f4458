package dev.smolvm.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandTest {
    @TempDir
    Path dir;

    @Test
    void returns_what_the_program_said() {
        assertThat(sh("echo out; echo err >&2; exit 3").run()).isEqualTo(new Command.Result(3, "out\n", "err\n"));
        assertThat(sh("pwd; echo $V $LC_ALL").in(dir).environment("V", "x").check())
                .isEqualTo(dir + "\nx C\n");
    }

    @Test
    void a_failure_names_program_status_and_last_lines() {
        assertThatThrownBy(() -> sh("seq 20 >&2; exit 7").check())
                .hasMessage("sh failed with exit status 7: 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20")
                .isInstanceOfSatisfying(SmolVmException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.UNEXPECTED);
                    assertThat(e.advice()).contains("sh -c 'seq 20 >&2; exit 7'");
                });
    }

    @Test
    void a_full_disk_is_known_by_its_words() {
        assertThat(kind(() ->
                        sh("echo 'x: No space left on device' >&2; exit 1").check()))
                .isEqualTo(ErrorKind.NO_SPACE);
    }

    @Test
    void a_missing_program_is_not_found_and_its_package_is_named() {
        assertThat(kind(() -> Command.of("no-such-program").run())).isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(Programs.installCommand("mke2fs", "qemu-img")).endsWith("apt-get install e2fsprogs qemu-utils");
    }

    @Test
    void a_deadline_ends_the_program_and_its_children() {
        long start = System.nanoTime();
        assertThatThrownBy(() -> sh("sleep 60 & sleep 60")
                        .timeout(Duration.ofMillis(200))
                        .run())
                .hasMessageContaining("did not end within");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void endless_output_is_drained_and_cut() {
        Command.Result result =
                sh("head -c 20000000 /dev/zero | tr '\\0' x; echo end").run();
        assertThat(result.output().length()).isLessThan(3 << 20);
        assertThat(result.output()).endsWith("end\n");
    }

    @Test
    void lines_are_told_as_they_come_carriage_returns_included() {
        List<String> lines = new ArrayList<>();
        sh("printf 'a\\rb\\nc\\n' >&2").onErrorLine(lines::add).check();
        assertThat(lines).containsExactly("a", "b", "c");
    }

    @Test
    void output_goes_to_a_file() {
        sh("echo hello").outputTo(dir.resolve("out")).check();
        assertThat(dir.resolve("out")).hasContent("hello\n");
    }

    @Test
    void an_interrupt_ends_it() throws Exception {
        ErrorKind[] kind = new ErrorKind[1];
        Thread thread = Thread.ofPlatform()
                .start(() -> kind[0] = kind(() -> sh("sleep 60").run()));
        Thread.sleep(200);
        thread.interrupt();
        thread.join(Duration.ofSeconds(10));
        assertThat(kind[0]).isEqualTo(ErrorKind.INTERRUPTED);
    }

    private static Command sh(String script) {
        return Command.of("sh", "-c", script);
    }

    private static ErrorKind kind(Runnable action) {
        try {
            action.run();
            return null;
        } catch (SmolVmException e) {
            return e.kind();
        }
    }
}

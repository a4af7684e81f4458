package dev.smolvm.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.os.Command;
import dev.smolvm.os.Programs;
import java.util.List;
import org.junit.jupiter.api.Test;

class EnclosureTest {
    @Test
    void aUserThatIsNotRootBecomesItInThere() {
        assertThat(Enclosure.around(List.of("true"), false, false)).contains("--user", "--map-root-user");
        assertThat(Enclosure.around(List.of("true"), false, true)).doesNotContain("--user");
    }

    @Test
    void hidesKvmWhereItMayNotBeUsed() {
        String script = "[ ! -w /dev/kvm ] && ! (: >>/dev/kvm) 2>/dev/null && echo hidden";
        assertThat(Command.of(Enclosure.around(List.of("sh", "-c", script), false, Programs.isRoot()))
                        .check())
                .isEqualTo("hidden\n");
    }

    @Test
    void keepsTheCommandsWordsAndExitStatus() {
        Command.Result result = Command.of(Enclosure.around(List.of("sh", "-c", "echo \"$1\"; exit 7", "sh", "a  b'c")))
                .run();
        assertThat(result.output()).isEqualTo("a  b'c\n");
        assertThat(result.exitCode()).isEqualTo(7);
    }
}

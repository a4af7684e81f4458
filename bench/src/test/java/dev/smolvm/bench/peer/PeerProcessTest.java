package dev.smolvm.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.os.ProcessesIn;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PeerProcessTest {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private PeerProcess start(String script) throws IOException {
        return PeerProcess.start("peer", List.of("sh", "-c", script), Map.of("GREETING", "hello"), directory);
    }

    @Test
    void answersLineByLine() throws Exception {
        try (PeerProcess peer = start("while read line; do echo \"$GREETING $line\"; done")) {
            assertThat(peer.ask("one", LONG)).isEqualTo("hello one");
            assertThat(peer.ask("two", LONG)).isEqualTo("hello two");
        }
    }

    @Test
    void oneThatIsSilentForTooLongIsSaidToBe() throws Exception {
        try (PeerProcess peer = start("echo 'waiting for KVM' >&2; cat >/dev/null")) {
            assertThatThrownBy(() -> peer.ask("one", SHORT))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("peer did not answer within 0 s");
        }
    }

    @Test
    void oneThatEndsIsReportedInItsOwnWords() throws Exception {
        try (PeerProcess peer = start("read line; echo 'no such machine' >&2; exit 3")) {
            assertThatThrownBy(() -> peer.ask("one", LONG))
                    .isInstanceOf(IOException.class)
                    .hasMessage("peer ended with exit status 3: no such machine");
        }
    }

    @Test
    void oneThatIsNotThereIsReportedInTheShellsWords() throws Exception {
        try (PeerProcess peer = PeerProcess.start("peer", List.of("/nonexistent/peer"), Map.of(), directory)) {
            assertThatThrownBy(() -> peer.ask("one", LONG))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("peer ended with exit status 127: ")
                    .hasMessageContaining("/nonexistent/peer");
        }
    }

    @Test
    void whatItStartedEndsWithItAlsoWhereItIsIgnored() throws Exception {
        PeerProcess peer = start("trap '' HUP TERM; setsid sleep 600 & echo started; read line; read line; exit 0");
        assertThat(peer.ask("", LONG)).isEqualTo("started");
        assertThat(ProcessesIn.directory(directory)).hasSizeGreaterThanOrEqualTo(2);
        peer.close();
        assertThat(ProcessesIn.directory(directory)).isEmpty();
    }

    @Test
    void oneThatDoesNotEndByItselfIsEnded() throws Exception {
        PeerProcess peer = start("trap '' HUP TERM INT; echo started; while :; do sleep 1; done");
        assertThat(peer.ask("", LONG)).isEqualTo("started");
        peer.close();
        assertThat(ProcessesIn.directory(directory)).isEmpty();
        assertThat(peer.isAlive()).isFalse();
    }
}

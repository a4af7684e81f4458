package dev.smolvm.bench.peer.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.os.ProcessesIn;
import dev.smolvm.os.Programs;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DriverTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private Driver driver;

    @BeforeEach
    void start() throws IOException {
        driver = Driver.start(new Venv(Programs.require("python3")), "unruly.py", directory, Map.of());
    }

    @AfterEach
    void endsWithAllItStarted() throws IOException {
        driver.close();
        assertThat(ProcessesIn.directory(directory)).isEmpty();
    }

    private JsonFields ask(String operation) throws Exception {
        return driver.ask(operation, Json.object(), LONG);
    }

    @Test
    void takesTimesAndLeavesOutWhatTheLibraryPrints() throws Exception {
        assertThat(Driver.millis(ask("prints"), "took")).isBetween(0.0, 1_000.0);
    }

    @Test
    void aFailureIsToldWithItsCausesAndTheNextOperationWorks() throws Exception {
        assertThatThrownBy(() -> ask("fails"))
                .hasMessage("fails: RuntimeError: the VM ended, because of OSError: could not access KVM");
        assertThat(ask("prints").bool("ok")).isTrue();
    }

    @Test
    void oneThatHangsIsGivenUp() {
        assertThatThrownBy(() -> driver.ask("hangs", Json.object(), Duration.ofSeconds(1)))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("unruly.py did not answer within 1 s");
    }

    @Test
    void oneThatExitsIsReportedInItsOwnWords() {
        assertThatThrownBy(() -> ask("exits")).hasMessage("unruly.py ended with exit status 1: had enough");
    }
}

package dev.smolvm.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-01-02T03:04:05.678Z",
                "2026-12-31T23:59:59.999999999Z",
                "2026-11-28T00:00:00Z",
                "1969-12-31T23:59:58.5Z",
                "0000-01-01T00:00:00Z",
                "-0044-03-15T12:00:01Z",
                "+12026-01-02T03:04:05Z",
                "+1000000000-12-31T23:59:59.999999999Z",
                "-1000000000-01-01T00:00:00Z"
            })
    void aTimeIsWrittenAsTheJdkWritesIt(String time) {
        Instant instant = Instant.parse(time);
        assertThat(Printable.time(instant))
                .isEqualTo(instant.truncatedTo(ChronoUnit.SECONDS).toString());
    }

    @ParameterizedTest
    @CsvSource({"0,0 B", "1023,1023 B", "1024,1.0 KiB", "10239,9.9 KiB", "10240,10 KiB", "188743680,180 MiB"})
    void aSizeHasOneDecimalBelowTen(long bytes, String text) {
        assertThat(Printable.size(bytes)).isEqualTo(text);
    }

    @Test
    void whatWouldDriveATerminalIsNotPrinted() {
        assertThat(Printable.clean("a\u001b[31mb\nc\t")).isEqualTo("a?[31mb\nc\t");
        assertThat(Printable.name("a\nb\u202e")).isEqualTo("a\\nb?");
    }
}

package dev.smolvm.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WriteTrackingTest {
    @TempDir
    Path run;

    @Test
    void only_the_last_mark_counts_and_only_until_it_is_forgotten() throws Exception {
        WriteTracking tracking = new WriteTracking(run);
        assertThat(tracking.since("one")).isFalse();
        tracking.forget();
        tracking.mark("one");
        assertThat(new WriteTracking(run).since("one")).isTrue();
        assertThat(tracking.since("on")).isFalse();
        tracking.mark("two");
        assertThat(tracking.since("one")).isFalse();
        assertThat(tracking.since("two")).isTrue();
        tracking.forget();
        assertThat(tracking.since("two")).isFalse();
    }

    /** The longest id of a snapshot, with what makes it unique. */
    @Test
    void a_long_name_is_kept_and_one_without_end_is_not_read() throws Exception {
        WriteTracking tracking = new WriteTracking(run);
        String name = "s".repeat(128) + " 0123456789ab 2026-01-02T03:04:05.678Z";
        tracking.mark(name);
        assertThat(tracking.since(name)).isTrue();
        Files.writeString(run.resolve(RunFiles.MARK), name.repeat(10));
        assertThat(tracking.since(name.repeat(10))).isFalse();
    }

    @Test
    void a_mark_that_cannot_be_written_or_is_a_link_is_none() throws Exception {
        WriteTracking tracking = new WriteTracking(run.resolve("gone"));
        tracking.mark("one");
        assertThat(tracking.since("one")).isFalse();
        Files.createSymbolicLink(run.resolve(RunFiles.MARK), Files.writeString(run.resolve("target"), "one"));
        assertThat(new WriteTracking(run).since("one")).isFalse();
    }
}

package dev.smolvm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class MappingLimitTest {
    @Test
    void is_half_of_what_a_process_may_have() {
        assertThat(MappingLimit.of("65530\n")).isEqualTo(32_765);
        assertThat(MappingLimit.of("")).isEqualTo(32_765);
        assertThat(MappingLimit.of("many")).isEqualTo(32_765);
    }

    @Test
    void the_whole_setting_of_this_host_is_read() throws IOException, InterruptedException {
        Process cat = new ProcessBuilder("cat", "/proc/sys/vm/max_map_count").start();
        String setting = new String(cat.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII);
        assertThat(cat.waitFor()).isZero();
        assertThat(MappingLimit.ofThisHost()).isEqualTo(Integer.parseInt(setting.strip()) / 2);
    }
}

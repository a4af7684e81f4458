package dev.smolvm.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FirecrackerVmmTest {
    @Test
    void root_is_told_that_the_jailer_or_its_limits_are_missing() {
        assertThat(FirecrackerVmm.noticesForRoot(false, true))
                .singleElement()
                .asString()
                .contains("jailer", "smolvm doctor");
        assertThat(FirecrackerVmm.noticesForRoot(false, false))
                .as("without a jailer there is nothing to limit with")
                .hasSize(1);
        assertThat(FirecrackerVmm.noticesForRoot(true, false))
                .singleElement()
                .asString()
                .contains("cgroup");
        assertThat(FirecrackerVmm.noticesForRoot(true, true)).isEmpty();
    }

    @Test
    void versions_up_to_the_newest_that_was_looked_at_are_known() {
        assertThat(FirecrackerVersion.parse("1.17.9").known()).isTrue();
        assertThat(FirecrackerVersion.parse("1.18.0").known()).isFalse();
    }
}

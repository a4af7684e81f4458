package dev.smolvm.guest.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortLockTest {
    @TempDir
    Path directory;

    @Test
    void each_session_has_a_port_until_there_are_no_more() throws IOException {
        List<PortLock> held = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            held.add(PortLock.tryAny(directory, 3).orElseThrow());
        }
        assertThat(held.stream().map(PortLock::socket).distinct()).hasSize(3);
        assertThat(PortLock.tryAny(directory, 3)).isEmpty();
        Path freed = held.get(1).socket();
        held.get(1).close();
        try (PortLock again = PortLock.tryAny(directory, 3).orElseThrow()) {
            assertThat(again.socket()).isEqualTo(freed);
        }
        held.get(0).close();
        held.get(2).close();
    }

    @Test
    void a_port_is_clean_only_after_a_session_that_ended_in_order() throws IOException {
        try (PortLock first = PortLock.tryAny(directory, 1).orElseThrow()) {
            assertThat(first.wasClean()).isFalse();
            first.markClean();
        }
        try (PortLock second = PortLock.tryAny(directory, 1).orElseThrow()) {
            assertThat(second.wasClean()).isTrue();
        }
        try (PortLock afterDeath = PortLock.tryAny(directory, 1).orElseThrow()) {
            assertThat(afterDeath.wasClean()).isFalse();
        }
    }

    @Fault(Case.F24)
    @Test
    void a_link_that_the_vmm_put_there_is_refused_and_its_target_unchanged() throws IOException {
        Path target = Files.writeString(directory.resolve("target"), "mine");
        Files.createSymbolicLink(directory.resolve("agent-0.lock"), target);
        assertThatThrownBy(() -> PortLock.tryAny(directory, 1)).isInstanceOf(IOException.class);
        assertThat(target).hasContent("mine");
    }
}

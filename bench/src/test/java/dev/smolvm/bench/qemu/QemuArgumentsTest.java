package dev.smolvm.bench.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class QemuArgumentsTest {
    private static final QemuArguments RESTORED = new QemuArguments(List.of(
            "qemu-system-x86_64",
            "-object",
            "{\"qom-type\":\"memory-backend-file\",\"id\":\"ram\",\"size\":536870912,\"mem-path\":\"/s/memory\",\"share\":false}",
            "-object",
            "rng-builtin,id=rng",
            "-blockdev",
            "{\"driver\":\"file\",\"node-name\":\"fbase\",\"filename\":\"/s/layers/base.qcow2\"}",
            "-blockdev",
            "{\"driver\":\"file\",\"node-name\":\"ftop\",\"filename\":\"/s/sandboxes/a/vm/top.qcow2\",\"read-only\":false}",
            "-device",
            "virtio-blk-pci,drive=ltop,id=disk-root,serial=root",
            "-device",
            "virtserialport,bus=agent.0,nr=1,chardev=agent0,name=smolvm.0",
            "-incoming",
            "defer",
            "-S"));

    @Test
    void only_the_writable_layer_is_another_file() {
        QemuArguments changed = RESTORED.withOverlay(Path.of("/s/sandboxes/a/vm"), Path.of("/work/own.qcow2"));
        assertThat(changed.words())
                .contains(
                        "{\"driver\":\"file\",\"node-name\":\"ftop\",\"filename\":\"/work/own.qcow2\",\"read-only\":false}",
                        "{\"driver\":\"file\",\"node-name\":\"fbase\",\"filename\":\"/s/layers/base.qcow2\"}");
        assertThat(String.join(" ", changed.words())).doesNotContain("/s/sandboxes");
    }

    @Test
    void memory_of_its_own_is_as_large_and_nothing_is_waited_for() {
        assertThat(RESTORED.withOwnMemory().words())
                .contains(
                        "{\"qom-type\":\"memory-backend-ram\",\"id\":\"ram\",\"size\":536870912}",
                        "rng-builtin,id=rng",
                        "-S")
                .doesNotContain("-incoming", "defer");
    }

    @Test
    void the_disk_and_the_ports_are_found() {
        assertThat(RESTORED.rootNode()).isEqualTo("ltop");
        assertThat(RESTORED.agentPorts()).isEqualTo(1);
    }
}

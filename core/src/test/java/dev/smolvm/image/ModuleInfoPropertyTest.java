package dev.smolvm.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.nio.ByteBuffer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class ModuleInfoPropertyTest {
    @Property(tries = 2000)
    void a_damaged_module_gives_a_clear_refusal(@ForAll @IntRange(max = 400) int offset, @ForAll long value) {
        byte[] bytes = KernelModulesTest.elf("a,b");
        ByteBuffer.wrap(bytes).putLong(Math.min(offset, bytes.length - 8), value);
        try {
            ModuleInfo.parse("m.ko", bytes);
        } catch (SmolVmException e) {
            assertThat(e.kind()).isEqualTo(ErrorKind.INTEGRITY);
        }
    }
}

package dev.smolvm.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.DurableFiles;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class BzImagePropertyTest {
    @Property(tries = 300)
    void a_damaged_image_gives_a_clear_refusal(
            @ForAll @IntRange(min = 0x1f0, max = 0x250) int offset, @ForAll int value) throws Exception {
        byte[] bytes = BzImageTest.image(BzImageTest.sized(Zstd.compress(BzImageTest.KERNEL)));
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(offset, value);
        Path directory = Files.createTempDirectory("bzimage");
        try {
            BzImage.extract(Files.write(directory.resolve("vmlinuz"), bytes), directory.resolve("vmlinux"));
        } catch (SmolVmException e) {
            assertThat(e.kind()).isIn(ErrorKind.INTEGRITY, ErrorKind.UNSUPPORTED);
        } finally {
            DurableFiles.deleteTree(directory);
        }
    }
}

package dev.smolvm.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class Qcow2HeaderPropertyTest {
    private static final byte[] SOUND = sound();

    @Property(tries = 3000)
    void any_field_of_any_value_gives_a_sound_header_or_a_clear_refusal(
            @ForAll @IntRange(min = 4, max = 160) int offset, @ForAll long value, @ForAll boolean wide) {
        ByteBuffer bytes = ByteBuffer.wrap(SOUND.clone());
        if (wide) {
            bytes.putLong(offset / 4 * 4, value);
        } else {
            bytes.putInt(offset / 4 * 4, (int) value);
        }
        parse(bytes);
    }

    @Property(tries = 3000)
    void garbage_behind_the_magic_never_breaks_the_reader(@ForAll @Size(max = 300) byte[] garbage) {
        ByteBuffer bytes = ByteBuffer.allocate(8 + garbage.length);
        bytes.putInt(Qcow2Format.MAGIC).putInt(3).put(garbage).flip();
        parse(bytes);
    }

    @Property(tries = 500)
    void a_header_cut_anywhere_is_refused_or_sound(@ForAll @IntRange(min = 0, max = 300) int length) {
        parse(ByteBuffer.wrap(SOUND, 0, length));
    }

    private static void parse(ByteBuffer bytes) {
        try {
            Qcow2Header header = Qcow2Header.parse("disk", bytes, SOUND.length);
            assertThat(header.virtualBytes()).isNotNegative();
            assertThat(header.clusterBits()).isBetween(9, 21);
            assertThat(header.snapshots()).isBetween(0, 65_536);
        } catch (SmolVmException e) {
            assertThat(e.kind()).isEqualTo(ErrorKind.INTEGRITY);
            assertThat(e.getMessage()).startsWith("disk is not a sound qcow2 file: ");
        }
    }

    private static byte[] sound() {
        try {
            Path file = Files.createTempDirectory("qcow2").resolve("sound");
            Qcow2Overlay.create(file, 1L << 30, Qcow2Overlay.Sync.NO);
            byte[] bytes = Files.readAllBytes(file);
            Files.delete(file);
            Files.delete(file.getParent());
            return bytes;
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}

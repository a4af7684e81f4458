package dev.smolvm.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What follows the memory in a mapped-ram file, as QEMU 10.0 writes it; the RAM section is number 2. */
class DeviceSectionsTest {
    private static final String SET_UP = "0000000000000010 7e00000002";
    private static final String PASS = "02 00000002 0000000000000200 0000000000000010 7e00000002";
    private static final String SWITCHOVER = "08 000b 0000";
    private static final String LAST = "03 00000002 0000000000000010 7e00000002";
    private static final String DEVICES = "04 00000000 0574696d6572 00000000 00000002 0102 7e00000000 00";

    @TempDir
    Path directory;

    private Path copy(String... parts) throws IOException {
        byte[] tail = HexFormat.of().parseHex(String.join("", parts).replace(" ", ""));
        Path memory = new MappedRamWriter()
                .block("ram", 3, BitSet.valueOf(new long[] {5}))
                .write(directory.resolve("memory"));
        MappedRamFile file = MappedRamFile.read(memory);
        try (FileChannel channel = FileChannel.open(memory, StandardOpenOption.WRITE)) {
            channel.truncate(file.ramEnd());
            channel.write(java.nio.ByteBuffer.wrap(tail), file.ramEnd());
        }
        Path devices = directory.resolve("device.state");
        DeviceSections.copy(file, devices);
        return devices;
    }

    @Test
    void theDevicesBecomeAStreamOfTheirOwn() throws Exception {
        Path devices = copy(SET_UP, PASS, PASS, SWITCHOVER, LAST, DEVICES);
        assertThat(HexFormat.of().formatHex(Files.readAllBytes(devices)))
                .isEqualTo("5145564d00000003" + DEVICES.replace(" ", ""));
    }

    @Test
    void thereMayBeNoPassButTheLast() throws Exception {
        assertThat(copy(SET_UP, LAST, DEVICES)).isNotEmptyFile();
    }

    @ParameterizedTest
    @CsvSource({
        "'', '', cut off",
        "'0000000000000010 7e00000002', '', cut off",
        "'0000000000000010 7e00000002', '02 00000002 00', cut off",
        "'0000000000000010 7e00000003', '', never begun",
        "'0000000000000010 7f00000002', '', without an end",
        "'0000000000001008 7e00000002', '', pages where none belong",
        "'0000000000000010 7e00000002', '02 00000003', never begun",
        "'0000000000000010 7e00000002', '08 000b ffff', cut off",
        "'0000000000000010 7e00000002', '05', section of type 5",
        "'0000000000000010 7e00000002', '04 00000000 01', without an end"
    })
    void anythingElseIsDamage(String setUp, String rest, String what) {
        assertThatThrownBy(() -> copy(setUp, rest))
                .hasMessageContaining(what)
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INTEGRITY));
        assertThat(directory.resolve("device.state")).doesNotExist();
    }
}

package dev.smolvm.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.store.SandboxName;
import dev.smolvm.store.Store;
import dev.smolvm.testing.FakeVm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsoleTest {
    private static final SandboxName BOX = new SandboxName("box");

    @TempDir
    Path directory;

    private final FakeVm vm = new FakeVm();
    private Console console;
    private Path file;

    @BeforeEach
    void open() throws IOException {
        Store store = Store.open(directory.resolve("store"), Duration.ofMillis(50));
        Files.createDirectory(store.layout().sandbox(BOX));
        console = new Console(store.layout(), BOX);
        file = store.layout().console(BOX);
    }

    @Test
    void what_the_guest_wrote_is_added_in_order() throws IOException {
        console.collect(vm);
        assertThat(file).doesNotExist();
        collect("first\n");
        collect("second\n");
        assertThat(file).hasContent("first\nsecond\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void a_guest_that_writes_without_end_fills_no_disk_and_its_last_words_are_kept() throws IOException {
        byte[] megabyte = new byte[1 << 20];
        Arrays.fill(megabyte, (byte) 'x');
        for (int i = 0; i < 20; i++) {
            vm.console.add(megabyte);
            console.collect(vm);
            assertThat(Files.size(file)).isLessThanOrEqualTo(Console.MAX_BYTES);
        }
        collect("last words\n");
        assertThat(Files.size(file)).isBetween((long) Console.MAX_BYTES / 2, (long) Console.MAX_BYTES);
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.UTF_8)).endsWith("xlast words\n");
    }

    @Test
    void one_portion_over_the_limit_is_cut() throws IOException {
        vm.console.add(new byte[3 * Console.MAX_BYTES]);
        console.collect(vm);
        assertThat(Files.size(file)).isLessThanOrEqualTo(Console.MAX_BYTES);
    }

    private void collect(String text) {
        vm.console.add(text.getBytes(StandardCharsets.UTF_8));
        console.collect(vm);
    }
}

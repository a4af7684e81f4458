package dev.smolvm.sandbox;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.vmm.Vm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * A sandbox's console log. The guest writes to a ring in its VMM's memory; what is taken from there is added to a file that
 * never grows past a limit, so a guest that writes without end fills no disk.
 */
final class Console {
    static final int MAX_BYTES = 2 << 20;

    private final Path file;

    Console(StoreLayout layout, SandboxName name) {
        this.file = layout.console(name);
    }

    /** Takes what the guest wrote since the last time. */
    void collect(Vm vm) {
        byte[] added = vm.drainConsole();
        if (added.length == 0) {
            return;
        }
        try {
            if (!Files.exists(file)) {
                DurableFiles.createFile(file);
            }
            if (Files.size(file) + added.length > MAX_BYTES) {
                byte[] all = concatenated(Files.readAllBytes(file), added);
                Files.write(file, Arrays.copyOfRange(all, Math.max(0, all.length - MAX_BYTES / 2), all.length));
            } else {
                Files.write(file, added, StandardOpenOption.APPEND);
            }
        } catch (IOException e) {
            throw SmolVmException.of("write " + file, e);
        }
    }

    private static byte[] concatenated(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }
}

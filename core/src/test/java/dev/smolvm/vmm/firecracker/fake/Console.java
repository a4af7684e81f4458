package dev.smolvm.vmm.firecracker.fake;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The guest's serial port: standard output, or the file that was configured. */
final class Console {
    private final Path directory;
    private final OutputStream standard;
    private Path configured;
    private OutputStream out;

    Console(Path directory, OutputStream standard) {
        this.directory = directory;
        this.standard = standard;
        this.out = standard;
    }

    void configure(String path) {
        configured = path == null ? null : directory.resolve(path);
    }

    /** When the machine is made: from here on the guest writes. */
    void open() throws Fault {
        try {
            out = configured == null
                    ? standard
                    : Files.newOutputStream(configured, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw Fault.of("Start microvm error: Error creating legacy device: " + Fault.system(e));
        }
    }

    synchronized void line(String text) {
        try {
            out.write((text + "\r\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            // As with a full disk: the guest is not told.
            return;
        }
    }
}

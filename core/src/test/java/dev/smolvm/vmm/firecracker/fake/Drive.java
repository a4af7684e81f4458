package dev.smolvm.vmm.firecracker.fake;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** A block device and its open file. */
record Drive(Json.Obj config, FileChannel file) implements AutoCloseable {
    static Drive open(Json.Obj config, Path directory) throws Fault {
        JsonFields fields = new JsonFields(config, "");
        if (fields.has("socket")) {
            throw Fault.of("Drive config error: the fake has no vhost-user drives");
        }
        if (!fields.has("path_on_host")) {
            throw Fault.of("Drive config error: Unable to create the virtio block device: Invalid block config.");
        }
        Path path = directory.resolve(fields.string("path_on_host"));
        try {
            if (Files.isDirectory(path)) {
                throw new IOException("Is a directory");
            }
            return new Drive(
                    config,
                    FileChannel.open(
                            path,
                            readOnly(config)
                                    ? Set.of(StandardOpenOption.READ)
                                    : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE)));
        } catch (IOException e) {
            throw Fault.of("Drive config error: Unable to create the virtio block device: Virtio backend error: "
                    + "Error manipulating the backing file: " + Fault.system(e) + " " + fields.string("path_on_host"));
        }
    }

    private static boolean readOnly(Json.Obj config) {
        return Json.of(true).equals(config.fields().get("is_read_only"));
    }

    boolean readOnly() {
        return readOnly(config);
    }

    boolean root() {
        return Json.of(true).equals(config.fields().get("is_root_device"));
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            // Nothing is written late.
        }
    }
}

package dev.smolvm.sandbox;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.PendingSyncs;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One file beside a sandbox's record that says what is being done to its VM: written before the first step, removed after
 * the last. Whoever finds it while nobody holds the sandbox's lock knows that a command died, and {@link Recovery} undoes or
 * finishes what it began. The caller holds the sandbox's lock.
 */
public final class Journal {
    private final Path file;

    public Journal(StoreLayout layout, SandboxName name) {
        this.file = layout.unfinished(name);
    }

    /** Whether somebody is at work, or was. */
    boolean isOpen() {
        return Files.exists(file);
    }

    /** Durable with the next save of the record, whose directory is the same. */
    public void begin(Unfinished entry) {
        try {
            write(entry);
            DurableFiles.sync(file);
        } catch (IOException e) {
            throw SmolVmException.of("write " + file, e);
        }
    }

    /** The same for a record that is saved only once {@code syncs} has been awaited. */
    public void begin(Unfinished entry, PendingSyncs syncs) {
        try {
            write(entry);
            syncs.add(file);
        } catch (IOException e) {
            throw SmolVmException.of("write " + file, e);
        }
    }

    private void write(Unfinished entry) throws IOException {
        Files.deleteIfExists(file);
        DurableFiles.createFile(file);
        Files.writeString(file, entry.toJson().compact());
    }

    public void end() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw SmolVmException.of("remove " + file, e);
        }
    }

    /** Empty too where its writer died while it wrote: then nothing else had been done. */
    Optional<Unfinished> read() {
        if (!isOpen()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Unfinished.fromJson(JsonParser.read(file)));
        } catch (JsonFormatException | SmolVmException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw SmolVmException.of("read " + file, e);
        }
    }
}

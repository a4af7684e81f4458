package dev.smolvm.vmm.firecracker;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.DurableFiles;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A guest that stands still and was not saved meanwhile. From 1.16 on such a guest is cut off: when it goes on, Firecracker
 * holds everything back that the host sends over vsock until the guest acknowledges an event, which it only sends when it saves
 * the machine (src/vmm/src/devices/virtio/vsock/device.rs, {@code kick} and {@code prepare_save}; seen in 1.16.1). So the
 * machine is saved first, to nowhere.
 */
final class Standstill {
    private static final Duration SAVE = Duration.ofMinutes(5);

    private final Path run;
    private final Path mark;

    Standstill(Path run) {
        this.run = run;
        this.mark = run.resolve(RunFiles.STANDS_STILL);
    }

    /** To be called before the guest is stopped. */
    void begins() {
        try {
            DurableFiles.createFile(mark);
        } catch (FileAlreadyExistsException e) {
            // It stands still already.
        } catch (IOException e) {
            throw SmolVmException.of("write " + mark, e);
        }
    }

    /** The machine was saved since. */
    void saved() throws IOException {
        Files.deleteIfExists(mark);
    }

    /** To be called before the guest goes on. */
    void ends(FirecrackerApi api, FirecrackerVersion version) {
        if (!Files.exists(mark)) {
            return;
        }
        try {
            if (version.resumeNeedsSave()) {
                saveToNowhere(api);
            }
            saved();
        } catch (IOException e) {
            throw SmolVmException.of("let the guest in " + run + " go on", e);
        }
    }

    private void saveToNowhere(FirecrackerApi api) throws IOException {
        Path nowhere = run.resolve("nowhere");
        DurableFiles.deleteTree(nowhere);
        DurableFiles.createDirectory(nowhere);
        Quarters quarters = Quarters.of(run);
        quarters.openCapture(nowhere);
        // What changed is counted from now on.
        new WriteTracking(run).forget();
        try {
            api.put("/snapshot/create", Capture.request(true), SAVE);
        } finally {
            quarters.closeCapture(nowhere, List.of());
            DurableFiles.deleteTree(nowhere);
        }
    }
}

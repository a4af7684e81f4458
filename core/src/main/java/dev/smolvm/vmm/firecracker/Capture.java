package dev.smolvm.vmm.firecracker;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.os.PageHoles;
import dev.smolvm.os.SparseCopy;
import dev.smolvm.os.Uninterrupted;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.vmm.CaptureRequest;
import dev.smolvm.vmm.CapturedState;
import dev.smolvm.vmm.DiskCopy;
import dev.smolvm.vmm.VmState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Saves a machine: Firecracker writes memory only while the guest stands still, and so are the disks copied
 * (docs/snapshotting/snapshot-support.md).
 */
final class Capture {
    private static final Duration WRITE_DEADLINE = Duration.ofMinutes(10);
    /** Above it memory has two parts, which older releases mix up in a diff. */
    private static final long GAP = 3L << 30;

    private final FirecrackerVm vm;
    private final WriteTracking tracking;
    private final Standstill standstill;
    private final Quarters quarters;

    Capture(FirecrackerVm vm, WriteTracking tracking, Standstill standstill, Quarters quarters) {
        this.vm = vm;
        this.tracking = tracking;
        this.standstill = standstill;
        this.quarters = quarters;
    }

    CapturedState run(CaptureRequest request) {
        boolean wasRunning = vm.state() == VmState.RUNNING;
        try {
            return save(request, wasRunning);
        } catch (IOException e) {
            SmolVmException failure = SmolVmException.of("save the machine to " + request.directory(), e);
            Uninterrupted.run(() -> undo(wasRunning, failure));
            throw failure;
        } catch (RuntimeException e) {
            Uninterrupted.run(() -> undo(wasRunning, e));
            throw e;
        }
    }

    private CapturedState save(CaptureRequest request, boolean wasRunning) throws IOException {
        long memoryBytes = memoryBytes();
        Path memory = request.directory().resolve(RunFiles.MEMORY);
        Path deviceState = request.directory().resolve(RunFiles.DEVICE_STATE);
        // Holes are all that tells an unchanged page from one of zeros. Tried before the VMM may write there.
        boolean changes = request.since().filter(tracking::since).isPresent()
                && (memoryBytes <= GAP || vm.version().diffOfLargeMemory())
                && PageHoles.keptIn(request.directory());
        quarters.openCapture(request.directory());
        long start = System.nanoTime();
        if (wasRunning) {
            vm.pause();
        }
        tracking.forget();
        vm.api().put("/snapshot/create", request(changes), WRITE_DEADLINE);
        standstill.saved();
        quarters.closeCapture(request.directory(), List.of(RunFiles.MEMORY, RunFiles.DEVICE_STATE));
        for (DiskCopy copy : request.copies()) {
            DurableFiles.createFile(copy.to());
            SparseCopy.copy(copy.from(), copy.to(), request.listener());
        }
        boolean goesOn = wasRunning && request.resume();
        if (goesOn) {
            vm.resume();
        }
        Duration pause = goesOn ? Duration.ofNanos(System.nanoTime() - start) : Duration.ZERO;
        if (!changes) {
            ZeroPages.makeHoles(memory);
        }
        return new CapturedState(deviceState, memory, 0, memoryBytes, !changes, pause);
    }

    static Json.Builder request(boolean changes) {
        return Json.object()
                .put("snapshot_type", changes ? "Diff" : "Full")
                .put("snapshot_path", RunFiles.CAPTURE + "/" + RunFiles.DEVICE_STATE)
                .put("mem_file_path", RunFiles.CAPTURE + "/" + RunFiles.MEMORY);
    }

    private long memoryBytes() {
        try {
            return vm.api().get("/machine-config").integer("mem_size_mib", 1, 1 << 24) << 20;
        } catch (JsonFormatException e) {
            throw FirecrackerVm.broken(e);
        }
    }

    private void undo(boolean wasRunning, Exception failure) {
        try {
            if (wasRunning && vm.state() != VmState.RUNNING) {
                vm.resume();
            }
        } catch (SmolVmException e) {
            // The journal tells the next command to try again.
            failure.addSuppressed(e);
        }
    }
}

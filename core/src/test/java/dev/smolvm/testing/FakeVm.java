package dev.smolvm.testing;

import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.SparseCopy;
import dev.smolvm.vmm.AttachedDisk;
import dev.smolvm.vmm.CaptureRequest;
import dev.smolvm.vmm.CapturedState;
import dev.smolvm.vmm.DiskCopy;
import dev.smolvm.vmm.LayerMove;
import dev.smolvm.vmm.LayeredDisks;
import dev.smolvm.vmm.Vm;
import dev.smolvm.vmm.VmState;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A machine that only remembers which layers its disks write to, and what it was told to print. */
public final class FakeVm implements Vm, LayeredDisks {
    public final Map<String, String> active = new LinkedHashMap<>();
    public final Map<String, Long> sizes = new LinkedHashMap<>();
    public final List<LayerMove> finished = new ArrayList<>();
    public final Deque<byte[]> console = new ArrayDeque<>();

    @Override
    public Map<String, String> activeLayers() {
        return active;
    }

    @Override
    public String layerNode(AttachedDisk.Layer layer) {
        return "node-" + layer.id();
    }

    @Override
    public void switchLayers(List<LayerMove> moves, List<DiskCopy> copies) {
        moves.forEach(m -> active.put(m.chain().id(), layerNode(m.next())));
    }

    @Override
    public void awaitCopies(List<DiskCopy> copies, SparseCopy.Listener listener) {}

    @Override
    public Map<String, Long> sizes() {
        return sizes;
    }

    @Override
    public byte[] drainConsole() {
        return console.isEmpty() ? new byte[0] : console.poll();
    }

    @Override
    public ProcessIdentity process() {
        return new ProcessIdentity(1L << 40, 0, "");
    }

    @Override
    public VmState state() {
        return VmState.RUNNING;
    }

    @Override
    public LayeredDisks layers() {
        return this;
    }

    @Override
    public CapturedState capture(CaptureRequest request) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void announceSize(String disk, long bytes) {}

    @Override
    public long memoryInUse() {
        return 0;
    }

    @Override
    public void marked(String name) {}

    @Override
    public void abandonCapture() {}

    @Override
    public void finishSwitch(List<LayerMove> moves) {
        finished.addAll(moves);
    }

    @Override
    public void pause() {}

    @Override
    public void resume() {}

    @Override
    public void powerButton() {}

    @Override
    public void quit() {}

    @Override
    public void kill() {}

    @Override
    public void forward(int hostPort, int guestPort) {}

    @Override
    public void unforward(int hostPort) {}

    @Override
    public boolean awaitPowerOff(Duration limit) {
        return true;
    }

    @Override
    public void close() {}
}

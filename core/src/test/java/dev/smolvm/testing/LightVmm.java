package dev.smolvm.testing;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.SparseCopy;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.AttachedDisk;
import dev.smolvm.vmm.CaptureRequest;
import dev.smolvm.vmm.CapturedState;
import dev.smolvm.vmm.DiskCopy;
import dev.smolvm.vmm.LayerFormat;
import dev.smolvm.vmm.LayerMove;
import dev.smolvm.vmm.LayeredDisks;
import dev.smolvm.vmm.MachineSpec;
import dev.smolvm.vmm.MemoryForm;
import dev.smolvm.vmm.SavedState;
import dev.smolvm.vmm.Vm;
import dev.smolvm.vmm.VmPlace;
import dev.smolvm.vmm.VmState;
import dev.smolvm.vmm.Vmm;
import dev.smolvm.vmm.VmmCapabilities;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A VMM without a guest, for tests of what happens around it: its processes are real and sleep, its memory is a page of noise.
 * A machine starts in milliseconds. Machines are known to this process only.
 */
public final class LightVmm implements Vmm {
    private static final Map<Path, Machine> MACHINES = new ConcurrentHashMap<>();

    private final FakeVmm what = new FakeVmm("qemu 10.0.0", "pc-q35-10.0", "max");

    @Override
    public String name() {
        return what.name();
    }

    @Override
    public String version() {
        return what.version();
    }

    @Override
    public String machineType() {
        return what.machineType();
    }

    @Override
    public String cpuModel(Accelerator accelerator) {
        return what.cpuModel();
    }

    @Override
    public VmmCapabilities capabilities() {
        return new VmmCapabilities(
                true, MemoryForm.MAPPED, true, true, LayerFormat.QCOW2_CHAIN, true, true, true, false);
    }

    @Override
    public Accelerator.Detected accelerator() {
        return what.accelerator();
    }

    @Override
    public String kernelParameters() {
        return "";
    }

    @Override
    public Optional<Mismatch> mismatch(MachineSpec saved) {
        return what.mismatch(saved);
    }

    @Override
    public boolean poweredOff(Path run) {
        return false;
    }

    @Override
    public Vm start(MachineSpec machine, List<AttachedDisk> disks, VmPlace place, Optional<SavedState> state) {
        try {
            long pid = new ProcessBuilder("sleep", "3600")
                    .directory(place.run().toFile())
                    .start()
                    .pid();
            Machine started = new Machine(
                    ProcessIdentity.of(pid).orElseThrow(), (long) machine.memoryMib() << 20, state.isEmpty(), disks);
            MACHINES.put(place.run(), started);
            return started;
        } catch (IOException e) {
            throw SmolVmException.of("start a light VM", e);
        }
    }

    @Override
    public Vm attach(Path run, ProcessIdentity process) {
        Machine machine = MACHINES.get(run);
        if (machine == null || !machine.process.alive()) {
            throw new SmolVmException(ErrorKind.VM_DIED, "no light VM in " + run, "");
        }
        return machine;
    }

    @Override
    public VmState observe(Path run, ProcessIdentity process) {
        return attach(run, process).state();
    }

    private static final class Machine implements Vm, LayeredDisks {
        private final ProcessIdentity process;
        private final long memory;
        private final Map<String, String> active = new HashMap<>();
        private volatile VmState state;

        Machine(ProcessIdentity process, long memory, boolean running, List<AttachedDisk> disks) {
            this.process = process;
            this.memory = memory;
            this.state = running ? VmState.RUNNING : VmState.PAUSED;
            for (AttachedDisk disk : disks) {
                if (disk instanceof AttachedDisk.Chain chain) {
                    active.put(chain.id(), layerNode(chain.layers().getLast()));
                }
            }
        }

        @Override
        public CapturedState capture(CaptureRequest request) {
            Path file = request.directory().resolve("memory");
            Path device = request.directory().resolve("device.state");
            byte[] noise = new byte[4096];
            ThreadLocalRandom.current().nextBytes(noise);
            try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
                out.setLength(memory);
                out.write(noise);
                Files.write(device, noise);
            } catch (IOException e) {
                throw SmolVmException.of("save a light VM", e);
            }
            switchLayers(request.moves(), request.copies());
            state = request.resume() ? state : VmState.PAUSED;
            return new CapturedState(device, file, 0, memory, true, Duration.ZERO);
        }

        @Override
        public synchronized Map<String, String> activeLayers() {
            return Map.copyOf(active);
        }

        @Override
        public String layerNode(AttachedDisk.Layer layer) {
            return "node-" + layer.id();
        }

        @Override
        public synchronized void switchLayers(List<LayerMove> moves, List<DiskCopy> copies) {
            moves.forEach(m -> active.put(m.chain().id(), layerNode(m.next())));
        }

        @Override
        public void awaitCopies(List<DiskCopy> copies, SparseCopy.Listener listener) {}

        @Override
        public Map<String, Long> sizes() {
            return Map.of();
        }

        @Override
        public void finishSwitch(List<LayerMove> moves) {}

        @Override
        public ProcessIdentity process() {
            return process;
        }

        @Override
        public VmState state() {
            return state;
        }

        @Override
        public void announceSize(String disk, long bytes) {}

        @Override
        public void pause() {
            state = VmState.PAUSED;
        }

        @Override
        public void resume() {
            state = VmState.RUNNING;
        }

        @Override
        public void powerButton() {
            kill();
        }

        @Override
        public void quit() {
            kill();
        }

        @Override
        public void kill() {
            process.kill();
        }

        @Override
        public LayeredDisks layers() {
            return this;
        }

        @Override
        public long memoryInUse() {
            return 0;
        }

        @Override
        public void marked(String name) {}

        @Override
        public void abandonCapture() {}

        @Override
        public void forward(int hostPort, int guestPort) {}

        @Override
        public void unforward(int hostPort) {}

        @Override
        public byte[] drainConsole() {
            return new byte[0];
        }

        @Override
        public boolean awaitPowerOff(Duration limit) {
            return process.awaitEnd(limit);
        }

        @Override
        public void close() {}
    }
}

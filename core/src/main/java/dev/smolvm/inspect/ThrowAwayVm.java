package dev.smolvm.inspect;

import dev.smolvm.disk.Qcow2Overlay;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.GuestAddress;
import dev.smolvm.os.Uninterrupted;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.VmmWatch;
import dev.smolvm.store.BlobId;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.Staging;
import dev.smolvm.vmm.AttachedDisk;
import dev.smolvm.vmm.LayerFormat;
import dev.smolvm.vmm.MachineSpec;
import dev.smolvm.vmm.Vm;
import dev.smolvm.vmm.VmPlace;
import dev.smolvm.vmm.Vmm;
import dev.smolvm.vmm.VmmCapabilities;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A machine without a network that has disks of others to look at. It lives in a directory below {@code tmp/}: when its owner
 * dies, the next command ends it. Everything it writes goes to layers of its own, which go with it.
 */
final class ThrowAwayVm implements AutoCloseable {
    private static final Duration BOOT = Duration.ofSeconds(120);
    private static final int MEMORY_MIB = 256;
    private static final String ROOT = "root";
    /** As {@link dev.smolvm.store.VmmProcesses} knows it: what a VMM may write. */
    private static final String WRITABLE = "vm";

    private final Staging staging;
    private final Vm vm;
    private final Guest guest;

    private ThrowAwayVm(Staging staging, Vm vm, Guest guest) {
        this.staging = staging;
        this.vm = vm;
        this.guest = guest;
    }

    /** The disks' serial numbers are {@link #serial} of their places in the list. */
    static ThrowAwayVm boot(SandboxContext context, GuestSystem system, List<DiskFiles> disks) {
        Vmm vmm = vmm(context);
        try {
            Staging staging = context.store().stage();
            try {
                return start(context, vmm, staging, system, disks);
            } catch (IOException | RuntimeException e) {
                staging.close();
                throw e;
            }
        } catch (IOException e) {
            throw SmolVmException.of("start a throw-away VM", e);
        }
    }

    static String serial(int disk) {
        return "look" + disk;
    }

    private static Vmm vmm(SandboxContext context) {
        Vmm vmm;
        try {
            vmm = context.vmms().qemu();
        } catch (SmolVmException e) {
            throw new SmolVmException(ErrorKind.UNSUPPORTED, "look into disks: " + e.getMessage(), "smolvm setup", e);
        }
        VmmCapabilities can = vmm.capabilities();
        if (can.layers() != LayerFormat.QCOW2_CHAIN || !can.agentPorts() || !can.diskSerials()) {
            throw new SmolVmException(
                    ErrorKind.UNSUPPORTED, "look into disks: " + vmm.version() + " cannot do it", "smolvm setup");
        }
        return vmm;
    }

    private static ThrowAwayVm start(
            SandboxContext context, Vmm vmm, Staging staging, GuestSystem system, List<DiskFiles> disks)
            throws IOException {
        Path writable = staging.file(WRITABLE);
        DurableFiles.createDirectory(writable);
        Path run = writable.resolve("run");
        DurableFiles.createDirectory(run);
        Path layers = context.store().layout().layers();
        List<AttachedDisk> attached = new ArrayList<>();
        AttachedDisk.Layer root =
                new AttachedDisk.Layer(BlobId.random(), context.store().layout().blob(system.root()));
        attached.add(withOverlay(ROOT, List.of(root), system.rootBytes(), writable));
        for (int i = 0; i < disks.size(); i++) {
            // Writable, so that the guest's kernel replays a journal; what it writes is thrown away.
            attached.add(
                    withOverlay(serial(i), disks.get(i).attached(), disks.get(i).bytes(), writable));
        }
        List<Path> readable = Stream.concat(Stream.of(layers), disks.stream().map(DiskFiles::directory))
                .distinct()
                .toList();
        Vm vm = started(
                vmm,
                machine(vmm, system, attached.stream().map(AttachedDisk::id).toList()),
                attached,
                new VmPlace(run, List.of(writable), readable));
        try {
            return new ThrowAwayVm(staging, vm, connected(context, vm, run));
        } catch (RuntimeException e) {
            end(vm);
            throw e;
        }
    }

    private static AttachedDisk withOverlay(String id, List<AttachedDisk.Layer> below, long bytes, Path directory)
            throws IOException {
        BlobId overlay = BlobId.random();
        Path file = directory.resolve(overlay + ".qcow2");
        Qcow2Overlay.create(file, bytes, Qcow2Overlay.Sync.NO);
        List<AttachedDisk.Layer> layers = new ArrayList<>(below);
        layers.add(new AttachedDisk.Layer(overlay, file));
        return new AttachedDisk.Chain(id, layers);
    }

    private static MachineSpec machine(Vmm vmm, GuestSystem system, List<String> disks) {
        return new MachineSpec(
                        vmm.version(),
                        vmm.machineType(),
                        "",
                        "",
                        vmm.accelerator().accelerator(),
                        MEMORY_MIB,
                        1,
                        Optional.empty(),
                        1,
                        false,
                        MachineSpec.GuestDrivers.VIRTIO,
                        system.boot(),
                        disks)
                .runBy(vmm);
    }

    private static Vm started(Vmm vmm, MachineSpec machine, List<AttachedDisk> disks, VmPlace place) {
        try {
            return vmm.start(machine, disks, place, Optional.empty());
        } catch (SmolVmException e) {
            throw new SmolVmException(e.kind(), "start a throw-away VM: " + e.getMessage(), e.advice(), e);
        }
    }

    private static Guest connected(SandboxContext context, Vm vm, Path run) {
        VmmWatch watch = VmmWatch.of(vm.process());
        try (watch) {
            return context.guests().connect(new GuestAddress.VirtioSerial(run, 1), BOOT);
        } catch (SmolVmException e) {
            if (e.kind() == ErrorKind.INTERRUPTED && !watch.ended()) {
                throw e;
            }
            throw new SmolVmException(
                    watch.ended() ? ErrorKind.VM_DIED : e.kind(),
                    "the throw-away VM did not boot: " + e.getMessage(),
                    "smolvm doctor checks this machine",
                    e);
        }
    }

    Guest guest() {
        return guest;
    }

    /** For files that go with it. */
    Path file(String name) {
        return staging.file(name);
    }

    /** Whoever waits for its guest is told that the connection broke. */
    void kill() {
        vm.kill();
    }

    private static void end(Vm vm) {
        Uninterrupted.run(() -> {
            vm.kill();
            vm.close();
        });
    }

    @Override
    public void close() {
        // First the machine: a session's goodbye may otherwise wait for a guest that does not answer.
        end(vm);
        Uninterrupted.run(() -> {
            guest.close();
            staging.close();
        });
    }
}

package dev.smolvm.vmm.firecracker;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.vmm.AttachedDisk;
import dev.smolvm.vmm.MachineSpec;
import java.util.List;

/** Configures a fresh Firecracker process for a machine, and boots it. */
final class MachineSetup {
    /** The first that a guest may have (vsock(7)); each VMM has its own numbers. */
    private static final int GUEST_CID = 3;

    private final FirecrackerApi api;
    private final MachineSpec machine;

    MachineSetup(FirecrackerApi api, MachineSpec machine) {
        this.api = api;
        this.machine = machine;
    }

    void boot(List<AttachedDisk> disks) {
        // Writes are tracked from the start: a later diff snapshot saves what they touched.
        api.put(
                "/machine-config",
                Json.object()
                        .put("vcpu_count", machine.cpus())
                        .put("mem_size_mib", machine.memoryMib())
                        .put("track_dirty_pages", true));
        api.put("/boot-source", bootSource());
        for (AttachedDisk disk : disks) {
            api.put("/drives/" + disk.id(), drive(disk));
        }
        if (machine.mac().isPresent()) {
            api.put(
                    "/network-interfaces/eth0",
                    Json.object()
                            .put("iface_id", "eth0")
                            .put("host_dev_name", RunFiles.TAP)
                            .put("guest_mac", machine.mac().get()));
        }
        api.put("/vsock", Json.object().put("guest_cid", GUEST_CID).put("uds_path", MachineSpec.VSOCK_SOCKET));
        api.put("/entropy", Json.object());
        // Takes nothing from the guest; it is there for what the host may want to ask of it.
        api.put("/balloon", Json.object().put("amount_mib", 0).put("deflate_on_oom", true));
        api.put("/actions", Json.object().put("action_type", "InstanceStart"));
    }

    private Json.Builder bootSource() {
        if (!(machine.boot() instanceof MachineSpec.Boot.DirectKernel(var _, var _, var commandLine))) {
            throw new SmolVmException(
                    ErrorKind.UNSUPPORTED,
                    "Firecracker starts kernels, not boot loaders",
                    "create the sandbox with --backend qemu");
        }
        return Json.object()
                .put("kernel_image_path", RunFiles.KERNEL)
                .put("initrd_path", RunFiles.INITRD)
                .put("boot_args", commandLine);
    }

    /** Not the root device, whatever it is: that would only put "root=" on the kernel's command line. */
    private static Json.Builder drive(AttachedDisk disk) {
        boolean readOnly = disk instanceof AttachedDisk.UserFile file && file.readOnly();
        return Json.object()
                .put("drive_id", disk.id())
                .put("path_on_host", RunFiles.disk(disk.id()))
                .put("is_root_device", false)
                .put("is_read_only", readOnly)
                // A guest's flush reaches the host's disk, as it does in QEMU.
                .put("cache_type", "Writeback");
    }
}

package dev.smolvm.vmm.firecracker;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.Programs;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.vmm.AttachedDisk;
import dev.smolvm.vmm.HostTools;
import dev.smolvm.vmm.MachineSpec;
import dev.smolvm.vmm.VmPlace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts a Firecracker process: in a network namespace of its own where the machine has a network, and confined by the
 * launcher. Each program becomes the next, so that the process is the same from the first on.
 */
final class Launch {
    private final FirecrackerBinary binary;
    private final HostTools tools;
    private final MachineSpec machine;
    private final VmPlace place;

    Launch(FirecrackerBinary binary, HostTools tools, MachineSpec machine, VmPlace place) {
        this.binary = binary;
        this.tools = tools;
        this.machine = machine;
        this.place = place;
    }

    ProcessIdentity start(List<AttachedDisk> disks) {
        Path log = place.run().resolve(RunFiles.LAUNCH_LOG);
        try {
            link(disks);
            DurableFiles.createFile(log);
            ProcessBuilder builder = new ProcessBuilder(command())
                    .directory(place.run().toFile())
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .redirectErrorStream(true);
            builder.environment().clear();
            builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
            long pid = builder.start().pid();
            return ProcessIdentity.of(pid)
                    .orElseThrow(() -> new SmolVmException(
                            ErrorKind.VM_DIED,
                            "Firecracker ended" + new VmConsole(place.run()).tail(),
                            "smolvm doctor checks this machine"));
        } catch (IOException e) {
            throw SmolVmException.of("start Firecracker", e);
        }
    }

    private void link(List<AttachedDisk> disks) throws IOException {
        for (AttachedDisk disk : disks) {
            if (!(disk instanceof AttachedDisk.UserFile file) || file.qcow2()) {
                throw new IllegalArgumentException("not a raw disk: " + disk);
            }
            Files.createSymbolicLink(place.run().resolve(RunFiles.disk(disk.id())), file.file());
        }
    }

    private List<String> command() {
        List<String> command = new ArrayList<>();
        if (machine.mac().isPresent()) {
            command.addAll(List.of(
                    tools.network().toString(),
                    "--tap",
                    RunFiles.TAP,
                    "--pasta",
                    Programs.require("pasta").toString(),
                    "--log",
                    RunFiles.NETWORK_LOG,
                    "--"));
        }
        command.addAll(List.of(tools.launcher().toString(), "--console", RunFiles.CONSOLE, "--errors", RunFiles.LOG));
        for (Path readable : place.readable()) {
            command.addAll(List.of("--ro", readable.toString()));
        }
        for (Path writable : place.writable()) {
            command.addAll(List.of("--rw", writable.toString()));
        }
        command.addAll(List.of(
                "--",
                binary.path().toString(),
                "--api-sock",
                RunFiles.API_SOCKET,
                "--id",
                "smolvm",
                // Standard error, which the launcher keeps below a limit; the guest decides how much is logged.
                "--log-path",
                "/proc/self/fd/2"));
        return command;
    }
}

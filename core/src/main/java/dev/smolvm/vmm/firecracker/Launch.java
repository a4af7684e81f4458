package dev.smolvm.vmm.firecracker;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.Programs;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.vmm.AttachedDisk;
import dev.smolvm.vmm.HostTools;
import dev.smolvm.vmm.MachineSpec;
import dev.smolvm.vmm.SavedState;
import dev.smolvm.vmm.VmPlace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Starts a Firecracker process: in a network namespace of its own where the machine has a network, then through the launcher,
 * and through the jailer where that can be used. Each program becomes the next, so that the process is the same from the first
 * on.
 */
final class Launch {
    static final String WAY_OUT = "slirp4netns";
    static final Path TUN = Path.of("/dev/net/tun");

    private final FirecrackerBinary binary;
    private final HostTools tools;
    private final StoreLayout layout;
    private final MachineSpec machine;
    private final VmPlace place;

    Launch(FirecrackerBinary binary, HostTools tools, StoreLayout layout, MachineSpec machine, VmPlace place) {
        this.binary = binary;
        this.tools = tools;
        this.layout = layout;
        this.machine = machine;
        this.place = place;
    }

    ProcessIdentity start(List<AttachedDisk> disks, Optional<SavedState> state) {
        Path log = place.run().resolve(RunFiles.LAUNCH_LOG);
        try {
            // A user's own file may lie on another file system, and is not ours to give away.
            boolean jailed = binary.jailer().isPresent()
                    && Programs.isRoot()
                    && disks.stream().allMatch(this::isOurs);
            Quarters quarters = jailed ? Jail.build(place.run(), binary.path()) : new OpenQuarters(place.run());
            furnish(quarters, disks, state);
            Files.deleteIfExists(StoreLayout.pidFile(place.run()));
            DurableFiles.createFile(log);
            ProcessBuilder builder = new ProcessBuilder(command(quarters))
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

    private boolean isOurs(AttachedDisk disk) {
        return disk instanceof AttachedDisk.UserFile file
                && file.file().startsWith(place.run().getParent());
    }

    private void furnish(Quarters quarters, List<AttachedDisk> disks, Optional<SavedState> state) throws IOException {
        for (AttachedDisk disk : disks) {
            if (!(disk instanceof AttachedDisk.UserFile file) || file.qcow2()) {
                throw new IllegalArgumentException("not a raw disk: " + disk);
            }
            quarters.give(RunFiles.disk(disk.id()), file.file(), !file.readOnly());
        }
        if (state.isPresent()) {
            quarters.give(RunFiles.LOADED_STATE, state.get().deviceState(), false);
            quarters.give(RunFiles.LOADED_MEMORY, state.get().memory(), false);
        } else if (machine.boot() instanceof MachineSpec.Boot.DirectKernel(var kernel, var initrd, var _)) {
            quarters.give(RunFiles.KERNEL, layout.blob(kernel), false);
            quarters.give(RunFiles.INITRD, layout.blob(initrd), false);
        }
    }

    private List<String> command(Quarters quarters) {
        List<String> command = new ArrayList<>();
        if (machine.mac().isPresent()) {
            command.addAll(List.of(
                    tools.network().toString(),
                    "--tap",
                    RunFiles.TAP,
                    "--" + WAY_OUT,
                    Programs.require(WAY_OUT).toString(),
                    "--log",
                    RunFiles.NETWORK_LOG));
            if (quarters instanceof Jail jail) {
                command.addAll(List.of("--owner", Integer.toString(jail.user())));
            }
            command.add("--");
        }
        command.addAll(List.of(tools.launcher().toString(), "--console", RunFiles.CONSOLE, "--errors", RunFiles.LOG));
        switch (quarters) {
            case OpenQuarters _ -> confined(command);
            case Jail jail -> jailed(command, jail);
        }
        return command;
    }

    private void confined(List<String> command) {
        for (Path readable : place.readable()) {
            command.addAll(List.of("--ro", readable.toString()));
        }
        for (Path writable : place.writable()) {
            command.addAll(List.of("--rw", writable.toString()));
        }
        command.addAll(List.of(
                "--",
                binary.path().toString(),
                "--id",
                "smolvm",
                "--api-sock",
                RunFiles.API_SOCKET,
                // Standard error, which the launcher keeps below a limit; the guest decides how much is logged.
                "--log-path",
                "/proc/self/fd/2"));
    }

    /** The jailer drops the privileges that it needs itself. */
    private void jailed(List<String> command, Jail jail) {
        command.addAll(List.of(
                "--privileged",
                "--pid-file",
                StoreLayout.pidFile(place.run()).toString(),
                "--",
                binary.jailer().orElseThrow().toString(),
                "--id",
                Jail.ID,
                "--exec-file",
                binary.path().toString(),
                "--uid",
                Integer.toString(jail.user()),
                "--gid",
                Integer.toString(Jail.GROUP),
                "--chroot-base-dir",
                Jail.base(place.run()).toString(),
                "--cgroup-version",
                "2"));
        command.addAll(new Limits(machine).jailerArguments(place.run()));
        command.addAll(List.of("--", "--api-sock", RunFiles.API_SOCKET));
    }
}

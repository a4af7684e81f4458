package dev.smolvm.vmm.firecracker;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Command;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.store.VmmProcesses;
import dev.smolvm.vmm.HostTools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Processes that forward ports of the host's loopback into a machine's network namespace; they end with its VMM. */
final class PortForwards {
    /** What the program answers where the port is taken (EADDRINUSE). */
    private static final int IN_USE = 98;

    private final Path run;
    private final ProcessIdentity vmm;
    private final HostTools tools;

    PortForwards(Path run, ProcessIdentity vmm, HostTools tools) {
        this.run = run;
        this.vmm = vmm;
        this.tools = tools;
    }

    void open(int hostPort, int guestPort) {
        Command.Result result = Command.of(
                        tools.portForward().toString(),
                        "--pid",
                        Long.toString(vmm.pid()),
                        Integer.toString(hostPort),
                        Integer.toString(guestPort))
                .in(run)
                .run();
        if (result.exitCode() == IN_USE) {
            throw new SmolVmException(
                    ErrorKind.CONFLICT,
                    "cannot forward 127.0.0.1:" + hostPort + " to the guest: the port is in use",
                    "choose another host port, or leave it out to get a free one");
        }
        if (result.exitCode() != 0) {
            throw new SmolVmException(
                    ErrorKind.UNEXPECTED,
                    "cannot forward 127.0.0.1:" + hostPort + " to the guest: "
                            + result.errors().strip(),
                    "smolvm doctor checks this machine");
        }
        remember(hostPort, result.output().strip());
    }

    private void remember(int hostPort, String pid) {
        Path file = StoreLayout.forwardFile(run, hostPort);
        try {
            Files.deleteIfExists(file);
            Optional<ProcessIdentity> process = ProcessIdentity.of(Long.parseLong(pid));
            if (process.isPresent()) {
                VmmProcesses.remember(process.get(), file);
            }
        } catch (IOException e) {
            throw SmolVmException.of("write " + file, e);
        }
    }

    /** Nothing happens where the port is not forwarded. */
    void close(int hostPort) {
        Path file = StoreLayout.forwardFile(run, hostPort);
        try {
            VmmProcesses.remembered(file).ifPresent(ProcessIdentity::kill);
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw SmolVmException.of("close port " + hostPort, e);
        }
    }
}

package dev.smolvm.guest.agent;

import dev.smolvm.guest.GuestAddress;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The guest's agent as a process of this host, one session a connection. */
final class RealAgent implements AutoCloseable {
    private static final String RESOURCE = "dev/smolvm/guest/payload/smolvm-agent";

    private final Process process;
    private final GuestAddress.VirtioSerial address;

    /** @param directory empty; holds the binary and the sockets */
    RealAgent(Path directory, int ports) throws Exception {
        Path socket = directory.resolve("agent-0.sock");
        process = new ProcessBuilder(binary(directory).toString(), "--serve-socket", socket.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("agent.log").toFile())
                .start();
        for (int port = 1; port < ports; port++) {
            Files.createSymbolicLink(directory.resolve("agent-" + port + ".sock"), socket);
        }
        for (int i = 0; i < 500 && !Files.exists(socket); i++) {
            Thread.sleep(10);
        }
        address = new GuestAddress.VirtioSerial(directory, ports);
    }

    private static Path binary(Path directory) throws IOException {
        String given = System.getProperty("smolvm.test.agent");
        if (given != null) {
            return Path.of(given);
        }
        Path copy = directory.resolve("smolvm-agent");
        try (InputStream resource = RealAgent.class.getClassLoader().getResourceAsStream(RESOURCE)) {
            if (resource == null) {
                throw new IllegalStateException("no " + RESOURCE + " on the class path: build the module 'guest'");
            }
            Files.copy(resource, copy);
        }
        Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwx------"));
        return copy;
    }

    GuestAddress.VirtioSerial address() {
        return address;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }
}

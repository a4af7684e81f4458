package dev.smolvm.vmm;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.DurableFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The small native programs that ship inside the library, put where they can be run: a file's name holds its checksum. */
public final class HostTools {
    private static final String PAYLOAD = "/dev/smolvm/guest/payload/";

    private final Path directory;

    /** @param directory made when it is needed */
    public HostTools(Path directory) {
        this.directory = directory;
    }

    /** Starts VMMs: own session, no privileges to gain, only the files they need. See guest/launcher. */
    public Path launcher() {
        return extracted("smolvm-launch");
    }

    /** Keeps a VMM's user network off private addresses. See guest/netpolicy. */
    public Path networkPolicy() {
        return extracted("libsmolvm-netpolicy.so");
    }

    /** Lets a VMM map a memory that lies in several files. See guest/memory. */
    public Path memoryMapper() {
        return extracted("libsmolvm-memory.so");
    }

    /** Starts a program in a network namespace of its own, with a tap device and a way out. See guest/network. */
    public Path network() {
        return extracted("smolvm-netns");
    }

    /** Forwards a port of the host into such a namespace. See guest/network. */
    public Path portForward() {
        return extracted("smolvm-forward");
    }

    private Path extracted(String name) {
        try (InputStream resource = HostTools.class.getResourceAsStream(PAYLOAD + name)) {
            if (resource == null) {
                throw new IllegalStateException(name + " is not in this build");
            }
            byte[] content = resource.readAllBytes();
            Path file = directory.resolve(checksum(content) + "-" + name);
            if (!Files.exists(file)) {
                install(content, file);
            }
            return file;
        } catch (IOException e) {
            throw SmolVmException.of("install " + name + " in " + directory, e);
        }
    }

    private void install(byte[] content, Path file) throws IOException {
        try {
            DurableFiles.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            // Made before, or by another process just now.
        }
        Path next = Files.createTempFile(directory, "new-", "");
        try {
            Files.write(next, content);
            Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("r-x------"));
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(next);
        }
    }

    private static String checksum(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

package dev.smolvm.guest.ssh;

import dev.smolvm.store.DurableFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;

/** A key pair of our own, for guests that are reached over SSH and were given no other. */
public final class SshKeyPair {
    private static final String COMMENT = "smolvm";

    private SshKeyPair() {}

    /** Makes {@code ssh_key} and {@code ssh_key.pub} in a directory where they are not there yet; returns the private key. */
    public static Path ensure(Path directory) throws IOException {
        Path privateKey = directory.resolve("ssh_key");
        Path publicKey = directory.resolve("ssh_key.pub");
        if (Files.exists(privateKey) && Files.exists(publicKey)) {
            return privateKey;
        }
        if (!Files.exists(directory)) {
            DurableFiles.createDirectory(directory);
        }
        Path staged = Files.createTempDirectory(directory, "new-key-");
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            Path next = staged.resolve("ssh_key");
            Path nextPublic = staged.resolve("ssh_key.pub");
            DurableFiles.createFile(next);
            DurableFiles.createFile(nextPublic);
            try (OutputStream out = Files.newOutputStream(next);
                    OutputStream publicOut = Files.newOutputStream(nextPublic)) {
                OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(pair, COMMENT, null, out);
                OpenSSHKeyPairResourceWriter.INSTANCE.writePublicKey(pair, COMMENT, publicOut);
            }
            DurableFiles.syncTree(staged);
            // The public half last: both halves are there once it is.
            Files.move(next, privateKey, StandardCopyOption.ATOMIC_MOVE);
            Files.move(nextPublic, publicKey, StandardCopyOption.ATOMIC_MOVE);
            return privateKey;
        } catch (GeneralSecurityException | AtomicMoveNotSupportedException e) {
            throw new IOException("cannot make an SSH key: " + e.getMessage(), e);
        } finally {
            DurableFiles.deleteTree(staged);
        }
    }
}

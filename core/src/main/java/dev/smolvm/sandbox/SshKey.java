package dev.smolvm.sandbox;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;

/**
 * The key pair by which guests are reached over SSH: the user's own, or one that is made once for the store.
 *
 * @param publicKey a line in OpenSSH's format
 */
record SshKey(Path privateKey, String publicKey) {
    /** @param given the user's private key; its public half lies beside it in a file that ends in {@code .pub} */
    static SshKey forSandboxes(StoreLayout layout, Optional<Path> given) {
        try {
            if (given.isEmpty()) {
                return read(dev.smolvm.guest.ssh.SshKeyPair.ensure(layout.tools()));
            }
            return read(given.get().toAbsolutePath());
        } catch (IOException e) {
            throw SmolVmException.of("read the SSH key", e);
        }
    }

    private static SshKey read(Path privateKey) throws IOException {
        Path publicKey = privateKey.resolveSibling(privateKey.getFileName() + ".pub");
        if (!Files.isReadable(privateKey) || !Files.isReadable(publicKey)) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "the SSH key " + privateKey + " and its public half " + publicKey + " cannot both be read",
                    "ssh-keygen -y -f " + privateKey + " > " + publicKey);
        }
        return new SshKey(privateKey, Files.readString(publicKey).strip());
    }

    /** As the guest's init takes it from the kernel's command line: no spaces. */
    String publicKeyParameter() {
        return Base64.getEncoder().encodeToString(publicKey.getBytes(StandardCharsets.UTF_8));
    }
}

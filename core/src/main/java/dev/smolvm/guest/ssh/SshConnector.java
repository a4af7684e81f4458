package dev.smolvm.guest.ssh;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.GuestAddress;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.util.security.SecurityUtils;

/**
 * Opens sessions over SSH; tries again until the deadline. The client reads none of the user's SSH configuration, keys or
 * known hosts.
 */
public final class SshConnector {
    private static final long FIRST_PAUSE_MILLIS = 5;
    private static final long LONGEST_PAUSE_MILLIS = 250;

    private SshConnector() {}

    public static Guest connect(GuestAddress.Ssh address, Duration within) {
        long end = System.nanoTime() + within.toNanos();
        Iterable<KeyPair> keys = keys(address.privateKey());
        SshClient client = SshClient.setUpDefaultClient();
        client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
        client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
        client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        client.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        client.setAgentFactory(null);
        client.setNioWorkers(1);
        boolean connected = false;
        try {
            client.start();
            Guest guest = new SshGuest(client, session(client, address, keys, end), address.user());
            connected = true;
            return guest;
        } finally {
            if (!connected) {
                client.stop();
            }
        }
    }

    private static Iterable<KeyPair> keys(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            Iterable<KeyPair> keys =
                    SecurityUtils.loadKeyPairIdentities(null, NamedResource.ofName(file.toString()), in, null);
            if (keys == null || !keys.iterator().hasNext()) {
                throw badKey(file, null);
            }
            return keys;
        } catch (GeneralSecurityException e) {
            throw badKey(file, e);
        } catch (IOException e) {
            throw SmolVmException.of("read the SSH key " + file, e);
        }
    }

    private static SmolVmException badKey(Path file, Exception cause) {
        return new SmolVmException(
                ErrorKind.USAGE,
                "read the SSH key " + file + ": it is not a private key without a passphrase, of type ECDSA or RSA",
                "make one with: ssh-keygen -t ecdsa -N '' -f " + file,
                cause);
    }

    private static ClientSession session(SshClient client, GuestAddress.Ssh address, Iterable<KeyPair> keys, long end) {
        String operation = "connect to the guest over SSH as " + address.user() + " at port " + address.port();
        long pause = FIRST_PAUSE_MILLIS;
        while (true) {
            try {
                return attempt(client, address, keys, end);
            } catch (IOException e) {
                SmolVmException failure = SshFailures.of(operation, e);
                if (failure.kind() == ErrorKind.INTERRUPTED || remainingMillis(end) <= pause) {
                    throw failure;
                }
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw SshFailures.interrupted(operation, e);
            }
            pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
        }
    }

    private static ClientSession attempt(SshClient client, GuestAddress.Ssh address, Iterable<KeyPair> keys, long end)
            throws IOException {
        ClientSession session = client.connect(address.user(), "127.0.0.1", address.port())
                .verify(remainingMillis(end))
                .getSession();
        boolean authenticated = false;
        try {
            for (KeyPair key : keys) {
                session.addPublicKeyIdentity(key);
            }
            session.auth().verify(remainingMillis(end));
            authenticated = true;
            return session;
        } finally {
            if (!authenticated) {
                session.close(true);
            }
        }
    }

    private static long remainingMillis(long end) {
        return Math.max(1, (end - System.nanoTime()) / 1_000_000);
    }
}

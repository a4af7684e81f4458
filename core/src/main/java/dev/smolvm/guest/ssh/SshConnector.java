package dev.smolvm.guest.ssh;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.GuestAddress;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.util.security.SecurityUtils;

/**
 * Opens sessions over SSH; tries again until the deadline. The client reads none of the user's SSH configuration, keys or
 * known hosts.
 */
public final class SshConnector {
    private static final long FIRST_PAUSE_MILLIS = 5;
    private static final long LONGEST_PAUSE_MILLIS = 250;
    private static final Duration SERVER_SILENT = Duration.ofSeconds(1);

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
                "read the SSH key " + file
                        + ": it is not a private key without a passphrase, of type Ed25519, ECDSA or RSA",
                "make one with: ssh-keygen -t ed25519 -N '' -f " + file,
                cause);
    }

    private static ClientSession session(SshClient client, GuestAddress.Ssh address, Iterable<KeyPair> keys, long end) {
        String operation = "connect to the guest over SSH as " + address.user() + " at port " + address.port();
        long start = System.nanoTime();
        long pause = FIRST_PAUSE_MILLIS;
        Optional<SmolVmException> refusal = Optional.empty();
        while (true) {
            try {
                return attempt(client, address, keys, start, end);
            } catch (IOException e) {
                SmolVmException failure = SshFailures.of(operation, e);
                if (refusesKey(e)) {
                    // A key may be put in place late in a boot, so this too is tried again.
                    refusal = Optional.of(keyRefused(address, e));
                }
                if (failure.kind() == ErrorKind.INTERRUPTED) {
                    throw failure;
                }
                if (remainingMillis(end) <= pause) {
                    throw refusal.orElse(failure);
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

    private static boolean refusesKey(IOException e) {
        return e instanceof SshException ssh
                && ssh.getDisconnectCode() == SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE;
    }

    private static SmolVmException keyRefused(GuestAddress.Ssh address, IOException cause) {
        return new SmolVmException(
                ErrorKind.USAGE,
                "connect to the guest over SSH: its user " + address.user() + " does not take the key "
                        + address.privateKey(),
                "put " + address.privateKey()
                        + ".pub into that user's authorized_keys on the disk, or create the sandbox"
                        + " with the right key: --ssh-key FILE",
                cause);
    }

    private static ClientSession attempt(
            SshClient client, GuestAddress.Ssh address, Iterable<KeyPair> keys, long start, long end)
            throws IOException {
        ClientSession session = client.connect(address.user(), "127.0.0.1", address.port())
                .verify(remainingMillis(end))
                .getSession();
        boolean authenticated = false;
        try {
            awaitServer(session, Math.min(end, giveUp(start)));
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

    /** A slow guest gets longer, the longer it has been tried. */
    private static long giveUp(long start) {
        long now = System.nanoTime();
        return now + Math.max(SERVER_SILENT.toNanos(), (now - start) / 10);
    }

    /**
     * A forwarded port is accepted by the VMM, whether the guest listens or not; and a connection that it made for a guest
     * without a network yet stays silent for long after the server is up. So a silent one is given up early.
     */
    private static void awaitServer(ClientSession session, long until) throws IOException {
        while (session.getServerVersion() == null) {
            if (!session.isOpen()) {
                throw new SshException("the connection ended before the SSH server said anything");
            }
            if (System.nanoTime() > until) {
                throw new SshException("no SSH server answers");
            }
            try {
                Thread.sleep(FIRST_PAUSE_MILLIS);
            } catch (InterruptedException e) {
                throw (IOException) new InterruptedIOException("interrupted").initCause(e);
            }
        }
    }

    private static long remainingMillis(long end) {
        return Math.max(1, (end - System.nanoTime()) / 1_000_000);
    }
}

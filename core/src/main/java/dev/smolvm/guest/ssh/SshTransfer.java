package dev.smolvm.guest.ssh;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.TransferListener;
import dev.smolvm.guest.transfer.GuestPath;
import dev.smolvm.guest.transfer.GuestText;
import dev.smolvm.guest.transfer.TreeReader;
import dev.smolvm.guest.transfer.TreeWriter;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClient.Attributes;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHPosixRenameExtension;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;

/** Files and trees over SFTP. */
final class SshTransfer {
    private static final int PIECE = 32 << 10;
    private static final int MODE = 07777;
    private static final int OWNER_ALL = 0700;

    private final SftpClient sftp;
    private final TransferListener listener;

    SshTransfer(SftpClient sftp, TransferListener listener) {
        this.sftp = sftp;
        this.listener = listener;
    }

    void upload(Path local, String guestPath, boolean recursive) throws IOException {
        Attributes there = statOrNull(guestPath);
        String target = there != null && there.isDirectory() ? GuestPath.under(guestPath, local) : guestPath;
        TreeReader.walk(local, recursive, new Sender(target));
    }

    private Attributes statOrNull(String path) throws IOException {
        try {
            return sftp.stat(path);
        } catch (SftpException e) {
            return absent(e);
        }
    }

    private Attributes lstatOrNull(String path) throws IOException {
        try {
            return sftp.lstat(path);
        } catch (SftpException e) {
            return absent(e);
        }
    }

    private static Attributes absent(SftpException e) throws SftpException {
        if (e.getStatus() == SftpConstants.SSH_FX_NO_SUCH_FILE || e.getStatus() == SftpConstants.SSH_FX_NO_SUCH_PATH) {
            return null;
        }
        throw e;
    }

    private final class Sender implements TreeReader.Visitor {
        private final String target;

        Sender(String target) {
            this.target = target;
        }

        @Override
        public void directory(String name, int mode) throws IOException {
            String path = GuestPath.join(target, name);
            Attributes there = statOrNull(path);
            if (there == null) {
                sftp.mkdir(path);
            } else if (!there.isDirectory()) {
                throw new SmolVmException(
                        ErrorKind.USAGE,
                        "upload to " + GuestText.printable(path) + ": it is not a directory in the guest",
                        "remove it there, or upload to another place");
            }
            // Its own mode may forbid what comes into it.
            setMode(path, mode | OWNER_ALL);
        }

        @Override
        public void directoryEnd(String name, int mode) throws IOException {
            setMode(GuestPath.join(target, name), mode);
        }

        @Override
        public void symlink(String name, String linkTarget) throws IOException {
            String path = GuestPath.join(target, name);
            Attributes there = lstatOrNull(path);
            if (there != null && !there.isDirectory()) {
                sftp.remove(path);
            }
            sftp.symLink(path, linkTarget);
        }

        @Override
        public void file(String name, int mode, long size, FileChannel content) throws IOException {
            String named = GuestPath.join(target, name);
            Attributes there = lstatOrNull(named);
            // As with the agent: a link's file is written, not the link.
            String path = there != null && there.isSymbolicLink() ? sftp.canonicalPath(named) : named;
            String temporary = path.substring(0, path.lastIndexOf('/') + 1) + ".smolvm-"
                    + Long.toHexString(ThreadLocalRandom.current().nextLong()) + ".part";
            boolean done = false;
            try {
                try (OutputStream to = sftp.write(
                        temporary,
                        PIECE,
                        SftpClient.OpenMode.Write,
                        SftpClient.OpenMode.Create,
                        SftpClient.OpenMode.Exclusive)) {
                    send(content, size, to, named);
                }
                setMode(temporary, mode);
                rename(temporary, path);
                done = true;
            } finally {
                if (!done) {
                    removeQuietly(temporary);
                }
            }
        }
    }

    private void send(FileChannel content, long size, OutputStream to, String path) throws IOException {
        byte[] piece = new byte[PIECE];
        long left = size;
        while (left > 0) {
            int count = content.read(ByteBuffer.wrap(piece, 0, (int) Math.min(left, PIECE)));
            if (count < 0) {
                throw new EOFException("the local file became shorter while it was sent");
            }
            to.write(piece, 0, count);
            left -= count;
            listener.moved(path, count);
        }
    }

    private void setMode(String path, int mode) throws IOException {
        sftp.setStat(path, new Attributes().perms(mode));
    }

    /** SFTP version 3 refuses to rename over a file; OpenSSH has an extension that does it. */
    private void rename(String from, String to) throws IOException {
        OpenSSHPosixRenameExtension posix = sftp.getExtension(OpenSSHPosixRenameExtension.class);
        if (posix != null && posix.isSupported()) {
            posix.posixRename(from, to);
            return;
        }
        if (lstatOrNull(to) != null) {
            sftp.remove(to);
        }
        sftp.rename(from, to);
    }

    private void removeQuietly(String path) {
        try {
            sftp.remove(path);
        } catch (IOException e) {
            // Never made, or the connection is gone: the first failure is the one to report.
            return;
        }
    }

    void download(String guestPath, Path local, boolean recursive) throws IOException {
        Attributes root = sftp.stat(guestPath);
        if (root.isDirectory() && !recursive) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "download " + GuestText.printable(guestPath) + ": it is a directory in the guest",
                    "give -r to download it with its content");
        }
        try (TreeWriter tree = TreeWriter.to(local, guestPath)) {
            if (root.isDirectory()) {
                receiveDirectory(tree, guestPath, "", root);
            } else {
                receiveFile(tree, guestPath, "", root);
            }
            tree.commit();
        }
    }

    private void receiveDirectory(TreeWriter tree, String path, String name, Attributes attributes) throws IOException {
        tree.directory(name, attributes.getPermissions() & MODE);
        try (SftpClient.CloseableHandle handle = sftp.openDir(path)) {
            for (List<SftpClient.DirEntry> some = sftp.readDir(handle); some != null; some = sftp.readDir(handle)) {
                for (SftpClient.DirEntry entry : some) {
                    String child = entry.getFilename();
                    if (!child.equals(".") && !child.equals("..")) {
                        receive(tree, GuestPath.join(path, child), name.isEmpty() ? child : name + "/" + child);
                    }
                }
            }
        }
    }

    /** As with the agent: devices, pipes and sockets have no content to send. */
    private void receive(TreeWriter tree, String path, String name) throws IOException {
        Attributes attributes = sftp.lstat(path);
        if (attributes.isDirectory()) {
            receiveDirectory(tree, path, name, attributes);
        } else if (attributes.isSymbolicLink()) {
            tree.symlink(name, sftp.readLink(path));
        } else if (attributes.isRegularFile()) {
            receiveFile(tree, path, name, attributes);
        }
    }

    private void receiveFile(TreeWriter tree, String path, String name, Attributes attributes) throws IOException {
        byte[] piece = new byte[PIECE];
        try (InputStream from = sftp.read(path, PIECE)) {
            tree.file(name, attributes.getPermissions() & MODE);
            for (int count = from.read(piece); count >= 0; count = from.read(piece)) {
                tree.write(ByteBuffer.wrap(piece, 0, count));
                listener.moved(path, count);
            }
        }
        tree.endFile();
    }
}

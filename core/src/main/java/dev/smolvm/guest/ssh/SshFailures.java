package dev.smolvm.guest.ssh;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.transfer.GuestText;
import dev.smolvm.guest.transfer.UnsafeTreeException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;
import org.apache.sshd.common.SshException;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;

/** Failures over SSH as the library's errors. */
final class SshFailures {
    private static final String LOOK = "see what the guest is doing with: smolvm sandbox logs NAME";

    private SshFailures() {}

    static SmolVmException of(String operation, IOException e) {
        if (e instanceof InterruptedIOException || e instanceof ClosedByInterruptException) {
            Thread.currentThread().interrupt();
            return interrupted(operation, e);
        }
        return switch (e) {
            case SftpException sftp -> refused(operation, sftp);
            case UnsafeTreeException unsafe ->
                new SmolVmException(
                        ErrorKind.INTEGRITY,
                        operation + ": " + unsafe.getMessage(),
                        "do not trust this sandbox: smolvm sandbox delete --force NAME, or restore a snapshot of it",
                        unsafe);
            case FileSystemException local -> SmolVmException.of(operation, local);
            case SshException ssh -> unresponsive(operation + ": " + plain(ssh), ssh);
            default -> unresponsive(operation + ": " + plain(e), e);
        };
    }

    /** Where a connection ends before the server's greeting, the SSH library names its own objects. */
    private static String plain(IOException e) {
        String text = GuestText.printable("" + e.getMessage());
        return text.contains("Failed (") && text.contains(") to execute") ? "no SSH server answers there" : text;
    }

    static SmolVmException interrupted(String operation, Exception cause) {
        return new SmolVmException(ErrorKind.INTERRUPTED, operation + ": interrupted", "", cause);
    }

    static SmolVmException unresponsive(String message, Throwable cause) {
        return new SmolVmException(ErrorKind.GUEST_UNRESPONSIVE, message, LOOK, cause);
    }

    private static SmolVmException refused(String operation, SftpException e) {
        ErrorKind kind =
                switch (e.getStatus()) {
                    case SftpConstants.SSH_FX_NO_SUCH_FILE, SftpConstants.SSH_FX_NO_SUCH_PATH -> ErrorKind.NOT_FOUND;
                    case SftpConstants.SSH_FX_PERMISSION_DENIED,
                            SftpConstants.SSH_FX_NOT_A_DIRECTORY,
                            SftpConstants.SSH_FX_FILE_IS_A_DIRECTORY,
                            SftpConstants.SSH_FX_INVALID_FILENAME,
                            SftpConstants.SSH_FX_WRITE_PROTECT -> ErrorKind.USAGE;
                    case SftpConstants.SSH_FX_FILE_ALREADY_EXISTS, SftpConstants.SSH_FX_DIR_NOT_EMPTY ->
                        ErrorKind.CONFLICT;
                    case SftpConstants.SSH_FX_NO_SPACE_ON_FILESYSTEM, SftpConstants.SSH_FX_QUOTA_EXCEEDED ->
                        ErrorKind.NO_SPACE;
                    case SftpConstants.SSH_FX_OP_UNSUPPORTED -> ErrorKind.UNSUPPORTED;
                    default -> ErrorKind.UNEXPECTED;
                };
        return new SmolVmException(
                kind,
                operation + ": the guest answers: " + GuestText.printable("" + e.getMessage()),
                "check the name, its permissions and the free space in the guest",
                e);
    }
}

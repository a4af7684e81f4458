package dev.smolvm.guest.agent;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.CommandNotStartedException;
import dev.smolvm.guest.transfer.GuestText;
import dev.smolvm.guest.transfer.UnsafeTreeException;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Optional;

/** Failures of a session as the library's errors. Nothing that was sent appears in them, since it may be a secret. */
final class AgentFailures {
    private static final String LOOK_AT_CONSOLE =
            "see what the guest is doing with: smolvm sandbox logs NAME; if it hangs: smolvm sandbox stop --force NAME";

    /** ENOENT */
    private static final int NO_SUCH_ENTRY = 2;

    private static final String DIRECTORY = "working directory";
    /** As guest/agent/spawn.c names them. */
    private static final List<String> STAGES = List.of("terminal", "user", DIRECTORY, "command");

    private AgentFailures() {}

    /** @param operation such as {@code "freeze the guest's file systems"} */
    static SmolVmException of(String operation, IOException e) {
        return switch (e) {
            case RefusedException refused -> refused(operation, refused);
            case ProtocolException protocol ->
                new SmolVmException(
                        ErrorKind.INTEGRITY,
                        operation + ": the guest's agent broke the protocol: " + protocol.getMessage(),
                        "do not trust this sandbox: smolvm sandbox delete --force NAME, or restore a snapshot of it",
                        protocol);
            case UnsafeTreeException unsafe ->
                new SmolVmException(
                        ErrorKind.INTEGRITY,
                        operation + ": " + unsafe.getMessage(),
                        "do not trust this sandbox: smolvm sandbox delete --force NAME, or restore a snapshot of it",
                        unsafe);
            case LocalFailureException local ->
                local.getCause() instanceof IOException cause && cause.getMessage() != null
                        ? SmolVmException.of(operation + ": " + local.getMessage(), cause)
                        : new SmolVmException(
                                ErrorKind.CONFLICT, operation + ": " + local.getMessage(), "run it again");
            case RestartedException restarted ->
                new SmolVmException(
                        ErrorKind.GUEST_UNRESPONSIVE,
                        operation + ": the guest restarted meanwhile",
                        "run the same command again; what the guest did is in: smolvm sandbox logs NAME",
                        restarted);
            case DeadlineException deadline -> unresponsive(operation + ": the guest did not answer in time", deadline);
            case ClosedByInterruptException interrupt ->
                new SmolVmException(ErrorKind.INTERRUPTED, operation + ": interrupted", "", interrupt);
            case EOFException closed -> unresponsive(operation + ": the guest closed the connection", closed);
            case ClosedChannelException closed ->
                unresponsive(operation + ": the session with the guest is closed", closed);
            case SocketException reset ->
                unresponsive(operation + ": the connection to the guest broke: " + reset.getMessage(), reset);
            default ->
                isReset(e)
                        ? unresponsive(operation + ": the connection to the guest broke: " + e.getMessage(), e)
                        : SmolVmException.of(operation, e);
        };
    }

    static SmolVmException tooLong(String operation) {
        return new SmolVmException(
                ErrorKind.USAGE,
                operation + ": command line and environment, or path, are longer than 64 KiB",
                "put the data into a file and send it with: smolvm sandbox file upload NAME FILE GUEST_PATH");
    }

    static SmolVmException unsendable(String operation, Text.UnsendableException e) {
        return new SmolVmException(
                ErrorKind.USAGE, operation + ": a text cannot be sent: " + e.getMessage(), "change that text", e);
    }

    static SmolVmException unresponsive(String message, Throwable cause) {
        return new SmolVmException(ErrorKind.GUEST_UNRESPONSIVE, message, LOOK_AT_CONSOLE, cause);
    }

    private static boolean isReset(IOException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("Broken pipe") || message.contains("Connection reset");
    }

    private static SmolVmException refused(String operation, RefusedException e) {
        ErrorKind kind = kindOf(e.errno());
        Optional<String> stage = stage(e);
        String advice =
                switch (kind) {
                    case NO_SPACE -> "free some space in the guest, or create the sandbox with a larger --disk-size";
                    case CONFLICT -> "see what uses it in the guest, then run the same command again";
                    case INTEGRITY -> "the guest's disk or its agent failed: see smolvm sandbox logs NAME";
                    case NOT_FOUND, USAGE ->
                        stage.filter(DIRECTORY::equals).isPresent()
                                ? "make the directory in the guest, or name another one with --workdir"
                                : "check the name and its permissions in the guest";
                    default -> "see smolvm sandbox logs NAME";
                };
        String message = operation + ": " + answer(e, stage);
        return stage.isPresent()
                ? new CommandNotStartedException(kind, message, advice, e)
                : new SmolVmException(kind, message, advice, e);
    }

    /** What a command needs that its start failed at, if that is what the guest says. */
    private static Optional<String> stage(RefusedException e) {
        String text = String.valueOf(e.getMessage());
        return STAGES.stream().filter(s -> text.startsWith(s + ": ")).findFirst();
    }

    /** What the guest said; where it is that something a command needs is not there, in better words than errno's. */
    private static String answer(RefusedException e, Optional<String> stage) {
        return e.errno() == NO_SUCH_ENTRY && stage.isPresent()
                ? "it has no such " + stage.get()
                : "the guest answers: " + GuestText.printable(String.valueOf(e.getMessage()));
    }

    /** The guest's errno (asm-generic/errno.h) as a kind of ours. */
    static ErrorKind kindOf(int errno) {
        return switch (errno) {
            case 2, 3, 6, 19 -> ErrorKind.NOT_FOUND; // ENOENT ESRCH ENXIO ENODEV
            case 1, 7, 8, 13, 20, 21, 22, 30, 36, 40 -> // EPERM E2BIG ENOEXEC EACCES ENOTDIR EISDIR EINVAL EROFS
                ErrorKind.USAGE; // ENAMETOOLONG ELOOP
            case 16, 17, 26, 39 -> ErrorKind.CONFLICT; // EBUSY EEXIST ETXTBSY ENOTEMPTY
            case 27, 28, 122 -> ErrorKind.NO_SPACE; // EFBIG ENOSPC EDQUOT
            case 5, 71, 117 -> ErrorKind.INTEGRITY; // EIO EPROTO EUCLEAN
            case 38, 95 -> ErrorKind.UNSUPPORTED; // ENOSYS EOPNOTSUPP
            default -> ErrorKind.UNEXPECTED;
        };
    }
}

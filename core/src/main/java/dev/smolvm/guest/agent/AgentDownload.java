package dev.smolvm.guest.agent;

import dev.smolvm.guest.TransferListener;
import dev.smolvm.guest.transfer.GuestPath;
import dev.smolvm.guest.transfer.GuestText;
import dev.smolvm.guest.transfer.TreeWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;

/** Takes a file or a tree from a guest that may lie about it. */
final class AgentDownload {
    private final AgentSession session;
    private final TransferListener listener;

    AgentDownload(AgentSession session, TransferListener listener) {
        this.session = session;
        this.listener = listener;
    }

    void download(String guestPath, Path local, boolean recursive) {
        GuestPath.requireAbsolute("download", guestPath);
        TreeWriter tree = TreeWriter.to(local, guestPath);
        String operation = "download " + GuestText.printable(guestPath);
        session.request(operation, Deadline.after(AgentUpload.STEP), frames -> {
            try (tree) {
                frames.write(new HostFrame.Get(guestPath, recursive));
                receive(frames, tree, guestPath, recursive);
                local(tree::commit);
            }
            return null;
        });
    }

    private void receive(FrameChannel frames, TreeWriter tree, String guestPath, boolean recursive) throws IOException {
        while (true) {
            frames.deadline(Deadline.after(AgentUpload.STEP));
            switch (session.answer()) {
                case GuestFrame.Entry entry -> {
                    if (!recursive
                            && (entry.kind() != GuestFrame.EntryKind.FILE
                                    || !entry.path().isEmpty())) {
                        throw new ProtocolException("more than the one file that was asked for");
                    }
                    receive(frames, tree, entry, guestPath);
                }
                case GuestFrame.Done _ -> {
                    return;
                }
                default -> throw new ProtocolException("an answer that is no part of a transfer");
            }
        }
    }

    private void receive(FrameChannel frames, TreeWriter tree, GuestFrame.Entry entry, String guestPath)
            throws IOException {
        switch (entry.kind()) {
            case DIRECTORY -> {
                local(() -> tree.directory(entry.path(), entry.mode()));
                end(session.answer());
            }
            case SYMLINK -> {
                local(() -> tree.symlink(entry.path(), entry.target()));
                end(session.answer());
            }
            case FILE -> {
                local(() -> tree.file(entry.path(), entry.mode()));
                receiveContent(frames, tree, GuestPath.join(guestPath, entry.path()));
                local(tree::endFile);
            }
        }
    }

    private static void end(GuestFrame frame) throws ProtocolException {
        if (!(frame instanceof GuestFrame.EntryEnd)) {
            throw new ProtocolException("content of something that is not a file");
        }
    }

    private void receiveContent(FrameChannel frames, TreeWriter tree, String path) throws IOException {
        while (true) {
            // Each frame must move something, or a guest could hold this for ever with empty ones.
            frames.deadline(Deadline.after(AgentUpload.STEP));
            GuestFrame frame = session.answer();
            if (!(frame instanceof GuestFrame.Data(ByteBuffer bytes))) {
                end(frame);
                return;
            }
            int count = bytes.remaining();
            if (count == 0) {
                throw new ProtocolException("an empty piece of a file");
            }
            local(() -> tree.write(bytes));
            listener.moved(path, count);
        }
    }

    private interface LocalStep {
        void run() throws IOException;
    }

    /** A full or broken local disk is not the guest's fault. */
    private static void local(LocalStep step) throws IOException {
        try {
            step.run();
        } catch (ClosedByInterruptException | dev.smolvm.guest.transfer.UnsafeTreeException e) {
            throw e;
        } catch (IOException e) {
            throw new LocalFailureException("cannot write", e);
        }
    }
}

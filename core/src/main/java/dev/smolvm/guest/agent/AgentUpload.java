package dev.smolvm.guest.agent;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.TransferListener;
import dev.smolvm.guest.transfer.GuestPath;
import dev.smolvm.guest.transfer.GuestText;
import dev.smolvm.guest.transfer.TreeReader;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;

/** Sends a file or a tree; one request for each entry. */
final class AgentUpload {
    /** For one step, such as one frame of data: a disk under load is slow, but not that slow. */
    static final Duration STEP = Duration.ofSeconds(60);

    private final AgentSession session;
    private final TransferListener listener;
    private ByteBuffer frame;

    AgentUpload(AgentSession session, TransferListener listener) {
        this.session = session;
        this.listener = listener;
    }

    void upload(Path local, String guestPath, boolean recursive) throws IOException {
        GuestPath.requireAbsolute("upload to", guestPath);
        String target = isDirectory(guestPath) ? GuestPath.under(guestPath, local) : guestPath;
        try {
            TreeReader.walk(local, recursive, new Sender(target));
        } catch (IOException e) {
            throw SmolVmException.of("upload " + local, e);
        }
    }

    private boolean isDirectory(String guestPath) {
        // With the dot a link is followed, which STAT itself does not do.
        String inside = GuestPath.join(guestPath, ".");
        return session.request("look at " + GuestText.printable(guestPath) + " in the guest", step(), frames -> {
            GuestFrame first;
            try {
                first = session.ask(new HostFrame.Stat(inside));
            } catch (RefusedException e) {
                return false;
            }
            if (first instanceof GuestFrame.Entry entry && session.answer() instanceof GuestFrame.Done) {
                return entry.kind() == GuestFrame.EntryKind.DIRECTORY;
            }
            throw new ProtocolException("an answer that does not describe a file");
        });
    }

    private static Deadline step() {
        return Deadline.after(STEP);
    }

    private final class Sender implements TreeReader.Visitor {
        private final String target;

        Sender(String target) {
            this.target = target;
        }

        @Override
        public void directory(String name, int mode) {
            String path = GuestPath.join(target, name);
            session.request(
                    "upload to " + GuestText.printable(path),
                    step(),
                    frames -> session.askOk(new HostFrame.MakeDirectory(path, mode), 0));
        }

        @Override
        public void directoryEnd(String name, int mode) {
            // The agent is root: a directory's mode never keeps it out, and was set at the start.
        }

        @Override
        public void symlink(String name, String linkTarget) {
            String path = GuestPath.join(target, name);
            session.request(
                    "upload to " + GuestText.printable(path),
                    step(),
                    frames -> session.askOk(new HostFrame.MakeSymlink(path, linkTarget), 0));
        }

        @Override
        public void file(String name, int mode, long size, FileChannel content) {
            String path = GuestPath.join(target, name);
            session.request("upload to " + GuestText.printable(path), step(), frames -> {
                session.askOk(new HostFrame.Put(path, mode, size), 0);
                send(frames, path, size, content);
                frames.deadline(step());
                frames.write(HostFrame.Plain.DATA_END);
                return session.answerOk(0);
            });
        }
    }

    private void send(FrameChannel frames, String path, long size, FileChannel content) throws IOException {
        if (frame == null) {
            frame = ByteBuffer.allocateDirect(HostFrame.HEADER_BYTES + HostFrame.MAX_PAYLOAD);
        }
        long left = size;
        while (left > 0) {
            frame.clear()
                    .position(HostFrame.HEADER_BYTES)
                    .limit(HostFrame.HEADER_BYTES + (int) Math.min(left, HostFrame.MAX_PAYLOAD));
            int count = content.read(frame);
            if (count < 0) {
                // Nothing in a PUT says "forget it": the session is dropped, and with it what was sent.
                throw new ShrunkException();
            }
            frames.deadline(step());
            frames.send(HostFrame.DATA, frame);
            left -= count;
            listener.moved(path, count);
        }
    }

    /** Not the guest's fault. */
    private static final class ShrunkException extends LocalFailureException {
        private static final long serialVersionUID = 1L;

        ShrunkException() {
            super("the local file became shorter while it was sent", new EOFException());
        }
    }
}

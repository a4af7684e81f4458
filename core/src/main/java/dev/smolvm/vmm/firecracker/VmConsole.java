package dev.smolvm.vmm.firecracker;

import dev.smolvm.store.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** What a Firecracker process printed: its guest's serial console, and its own log. The launcher keeps both below a limit. */
final class VmConsole {
    private static final int TAIL = 1_000;
    /** More than the launcher keeps. */
    private static final int MAX = 4 << 20;

    private static final String ENDED = "Firecracker exiting successfully";

    private final Path run;

    VmConsole(Path run) {
        this.run = run;
    }

    /** Takes all that is there. */
    byte[] drain() throws IOException {
        // Where the VMM cannot put something else in its place.
        Path taken = run.getParent().getParent().resolve(RunFiles.CONSOLE + ".taken");
        try {
            DurableFiles.deleteTree(taken);
            Files.move(run.resolve(RunFiles.CONSOLE), taken, StandardCopyOption.ATOMIC_MOVE);
            byte[] text = read(taken, MAX);
            DurableFiles.deleteTree(taken);
            return text;
        } catch (NoSuchFileException e) {
            return new byte[0];
        }
    }

    /** Firecracker ends in order when its guest resets; it says so last. */
    boolean saysGuestReset() {
        // The jailer leaves no way to a log of its own.
        return text(Quarters.of(run) instanceof Jail ? RunFiles.CONSOLE : RunFiles.LOG)
                .contains(ENDED);
    }

    /** The last that was printed, for a message. */
    String tail() {
        String text = (text(RunFiles.LAUNCH_LOG) + "\n" + text(RunFiles.NETWORK_LOG)
                        + "\n"
                        + text(Quarters.of(run) instanceof Jail ? RunFiles.CONSOLE : RunFiles.LOG))
                .strip();
        return text.isEmpty() ? "" : ": " + text;
    }

    private String text(String name) {
        try {
            return new String(read(run.resolve(name), TAIL), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** The VMM may put a link there, a file without end, or a pipe at which its reader would wait for ever. */
    private static byte[] read(Path file, int last) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return new byte[0];
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            long size = channel.size();
            ByteBuffer tail = ByteBuffer.allocate((int) Math.min(last, size));
            long from = size - tail.capacity();
            while (tail.hasRemaining() && channel.read(tail, from + tail.position()) >= 0) {
                // The file may grow meanwhile, which does not matter.
            }
            return Arrays.copyOf(tail.array(), tail.position());
        }
    }
}

package dev.smolvm.vmm.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What a QEMU process printed. Its VMM may write there what it likes, also a link, once its guest has run. */
record QemuLog(Path file) {
    private static final int TAIL = 1_000;
    /** Enough for what QEMU may warn of before its guest has memory. */
    private static final int HEAD = 16_000;

    static QemuLog in(Path run) {
        return new QemuLog(run.resolve("qemu.log"));
    }

    /** Its end, as the end of a sentence. */
    String because() {
        String tail = read(true).strip();
        return tail.isEmpty() ? "" : ": " + tail;
    }

    /** Whether it says so near its beginning. */
    boolean says(String what) {
        return read(false).contains(what);
    }

    private String read(boolean end) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            ByteBuffer part = ByteBuffer.allocate(end ? TAIL : HEAD);
            channel.read(part, end ? Math.max(0, channel.size() - TAIL) : 0);
            return StandardCharsets.UTF_8.decode(part.flip()).toString();
        } catch (IOException e) {
            return "";
        }
    }
}

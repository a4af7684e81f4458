package dev.smolvm.vmm.qemu;

import dev.smolvm.vmm.MemoryOverlay;
import dev.smolvm.vmm.SavedState;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/**
 * What guest/memory, loaded into QEMU, is told on standard input: which pages of which files it maps over the file that QEMU
 * maps as guest memory. The format is in docs/format.md, "How memory is laid".
 */
final class MemoryPlan {
    private static final byte[] MAGIC = "SMOLPLAN".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final int PAGE = 4096;

    private MemoryPlan() {}

    static byte[] of(SavedState state, long memoryBytes) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(MAGIC);
        out.writeInt(VERSION);
        out.writeInt(PAGE);
        out.writeLong(memoryBytes);
        out.writeLong(state.memoryOffset());
        out.writeInt(1 + state.overlay().files().size());
        out.writeInt(state.overlay().runs().size());
        writeFile(out, state.memory());
        for (Path file : state.overlay().files()) {
            writeFile(out, file);
        }
        for (MemoryOverlay.Run run : state.overlay().runs()) {
            out.writeLong(run.firstPage());
            out.writeLong(run.pages());
            // File 0 is the one that QEMU maps; none of its pages is laid over it, so 0 says zeros.
            out.writeInt(run.file() == MemoryOverlay.ZEROS ? 0 : run.file() + 1);
            out.writeLong(run.offset());
        }
        return bytes.toByteArray();
    }

    private static void writeFile(DataOutputStream out, Path file) throws IOException {
        Map<String, Object> found = Files.readAttributes(file, "unix:dev,ino,size", LinkOption.NOFOLLOW_LINKS);
        out.writeLong((Long) found.get("dev"));
        out.writeLong((Long) found.get("ino"));
        out.writeLong((Long) found.get("size"));
        byte[] path = file.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8);
        out.writeShort(path.length);
        out.write(path);
    }

    /** What the library says in QEMU's log when it has done so. */
    static String done(MemoryOverlay overlay) {
        return "smolvm: memory is mapped with " + overlay.runs().size() + " runs of "
                + (1 + overlay.files().size()) + " files";
    }
}

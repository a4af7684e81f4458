package dev.smolvm.vmm.firecracker.fake;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The guest's "file system": one JSON object, path to text, at a fixed offset of the root drive. The guest works on a copy in its
 * memory (the page cache), which a snapshot saves with the memory, and which reaches the drive when the guest syncs.
 */
final class GuestDisk {
    private static final int OFFSET = 4096;
    private static final byte[] MAGIC = "FAKEFS1\n".getBytes(StandardCharsets.US_ASCII);
    /** In guest memory: what is in the page cache, and whether the drive lacks it. */
    private static final long CACHE = 2 << 20;

    private static final int MAX_BYTES = 1 << 20;

    private final GuestMemory memory;

    GuestDisk(GuestMemory memory) {
        this.memory = memory;
    }

    /** Reads what is on the drive, or nothing where there is no file system. */
    void mount(FileChannel drive) throws IOException {
        String text = "{}";
        if (drive != null) {
            ByteBuffer head = ByteBuffer.allocate(MAGIC.length + Integer.BYTES);
            drive.read(head, OFFSET);
            if (!head.hasRemaining() && startsWithMagic(head.flip())) {
                ByteBuffer content = ByteBuffer.allocate(Math.clamp(head.getInt(MAGIC.length), 0, MAX_BYTES));
                drive.read(content, OFFSET + head.capacity());
                text = StandardCharsets.UTF_8.decode(content.flip()).toString();
            }
        }
        store(text, false);
    }

    private static boolean startsWithMagic(ByteBuffer head) {
        return head.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC));
    }

    private void store(String text, boolean unsynced) {
        byte[] content = text.getBytes(StandardCharsets.UTF_8);
        memory.write(
                CACHE,
                ByteBuffer.allocate(1 + Integer.BYTES + content.length)
                        .put((byte) (unsynced ? 1 : 0))
                        .putInt(content.length)
                        .put(content)
                        .array());
    }

    private String text() {
        int length = ByteBuffer.wrap(memory.read(CACHE + 1, Integer.BYTES)).getInt();
        return new String(
                memory.read(CACHE + 1 + Integer.BYTES, Math.clamp(length, 0, MAX_BYTES)), StandardCharsets.UTF_8);
    }

    Map<String, String> files() {
        Map<String, String> files = new LinkedHashMap<>();
        try {
            if (JsonParser.parse(text()) instanceof Json.Obj(var fields)) {
                fields.forEach((path, content) -> files.put(path, ((Json.Str) content).value()));
            }
        } catch (JsonFormatException | ClassCastException e) {
            files.put("/lost+found", "the file system is damaged: " + e.getMessage());
        }
        return files;
    }

    void write(String path, String content) {
        Map<String, String> files = files();
        files.put(path, content);
        store(files);
    }

    void remove(String path) {
        Map<String, String> files = files();
        files.remove(path);
        store(files);
    }

    private void store(Map<String, String> files) {
        Json.Builder json = Json.object();
        files.forEach(json::put);
        store(json.build().compact(), true);
    }

    /** Writes to the drive what it lacks. */
    void sync(FileChannel drive, boolean readOnly) throws IOException {
        if (memory.read(CACHE, 1)[0] == 0) {
            return;
        }
        if (drive == null || readOnly) {
            throw new IOException("Read-only file system");
        }
        byte[] content = text().getBytes(StandardCharsets.UTF_8);
        ByteBuffer all = ByteBuffer.allocate(MAGIC.length + Integer.BYTES + content.length)
                .put(MAGIC)
                .putInt(content.length)
                .put(content)
                .flip();
        if (OFFSET + all.remaining() > drive.size()) {
            throw new IOException("No space left on device");
        }
        while (all.hasRemaining()) {
            drive.write(all, OFFSET + all.position());
        }
        memory.write(CACHE, new byte[] {0});
    }
}

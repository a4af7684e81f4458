package dev.smolvm.snapshot;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * The file that keeps what is told of snapshots, so that a list of many does not read all their manifests: each summary under
 * the stamp that its directory had. It can be removed at any time; one that is damaged is none. The form is in docs/format.md.
 */
final class SummaryIndex {
    static final SummaryIndex EMPTY = new SummaryIndex(Map.of(), List.of());

    private static final byte[] MAGIC = {'S', 'N', 'A', 'P', 'I', 'D', 'X', '1'};
    /** Of some hundred thousand snapshots; what holds more is none. */
    static final int MAX_BYTES = 32 << 20;

    private static final int LEAST_ENTRY = 2 * Integer.BYTES + SummaryStamp.LENGTH * Long.BYTES;
    private static final int HEADER = MAGIC.length + Integer.BYTES;

    /** Where each snapshot's stamp and summary begin. */
    private final Map<String, ByteBuffer> entries;

    private final List<String> strings;

    private SummaryIndex(Map<String, ByteBuffer> entries, List<String> strings) {
        this.entries = entries;
        this.strings = strings;
    }

    /** @param stamp of the directory as it was before the summary was made */
    record Entry(SummaryStamp stamp, SnapshotSummary summary) {}

    /** Empty where there is none, or none that is sound. */
    static SummaryIndex read(Path file) {
        try {
            return Files.size(file) > MAX_BYTES ? EMPTY : of(Files.readAllBytes(file));
        } catch (IOException e) {
            return EMPTY;
        }
    }

    static SummaryIndex of(byte[] file) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(file);
            for (byte expected : MAGIC) {
                if (bytes.get() != expected) {
                    return EMPTY;
                }
            }
            if (bytes.getInt() != checksum(file)) {
                return EMPTY;
            }
            List<String> strings = SummaryDecoder.strings(bytes);
            int count = bytes.getInt();
            Map<String, ByteBuffer> entries = HashMap.newHashMap(Math.clamp(count, 0, bytes.remaining() / LEAST_ENTRY));
            for (int i = 0; i < count; i++) {
                String id = strings.get(bytes.getInt());
                int length = bytes.getInt();
                entries.put(id, bytes.slice(bytes.position(), length));
                bytes.position(bytes.position() + length);
            }
            return new SummaryIndex(entries, strings);
        } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
            return EMPTY;
        }
    }

    private static int checksum(byte[] file) {
        CRC32 sum = new CRC32();
        sum.update(file, HEADER, file.length - HEADER);
        return (int) sum.getValue();
    }

    int size() {
        return entries.size();
    }

    /** What it has of a snapshot, if its directory is still as it was. Any number of threads may ask. */
    Optional<Entry> find(SnapshotId id, Path directory) {
        ByteBuffer entry = entries.get(id.value());
        if (entry == null) {
            return Optional.empty();
        }
        SummaryDecoder decoder = new SummaryDecoder(entry.duplicate(), strings);
        try {
            SummaryStamp stamp = decoder.stamp();
            return stamp.isStillOf(directory) ? Optional.of(new Entry(stamp, decoder.summary(id))) : Optional.empty();
        } catch (BufferUnderflowException
                | IllegalArgumentException
                | IndexOutOfBoundsException
                | ArithmeticException
                | DateTimeException
                | SmolVmException e) {
            return Optional.empty();
        }
    }

    static byte[] toBytes(List<Entry> entries) {
        Map<String, Integer> strings = new LinkedHashMap<>();
        SummaryEncoder body = new SummaryEncoder(strings);
        body.integer(entries.size());
        for (Entry entry : entries) {
            SummaryEncoder encoded = new SummaryEncoder(strings);
            encoded.stamp(entry.stamp());
            encoded.summary(entry.summary());
            body.string(entry.summary().id().value());
            body.nested(encoded);
        }
        SummaryEncoder table = new SummaryEncoder(strings);
        table.strings();
        return sealed(ByteBuffer.allocate(HEADER + table.size() + body.size())
                .put(MAGIC)
                .putInt(0)
                .put(table.toBytes())
                .put(body.toBytes())
                .array());
    }

    /** With the checksum that fits. */
    static byte[] sealed(byte[] file) {
        ByteBuffer.wrap(file).putInt(MAGIC.length, checksum(file));
        return file;
    }
}

package dev.smolvm.inspect;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Records as guest/inspect writes them. */
final class Records {
    private Records() {}

    static byte[] change(int change, int kindBefore, int kindAfter, int aspects, String path) {
        return change(change, kindBefore, kindAfter, aspects, 12, 34, path.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] change(int change, int kindBefore, int kindAfter, int aspects, long before, long after, byte[] path) {
        return ByteBuffer.allocate(23 + path.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 'D')
                .put((byte) change)
                .put((byte) kindBefore)
                .put((byte) kindAfter)
                .put((byte) aspects)
                .putLong(before)
                .putLong(after)
                .putShort((short) path.length)
                .put(path)
                .array();
    }

    static byte[] added(String path) {
        return change(1, 0, 1, 0, path);
    }

    static byte[] progress(long entries) {
        return ByteBuffer.allocate(9)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 'P')
                .putLong(entries)
                .array();
    }

    static byte[] end(long entries, long changes) {
        return ByteBuffer.allocate(17)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 'E')
                .putLong(entries)
                .putLong(changes)
                .array();
    }

    static byte[] all(byte[]... records) {
        java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
        for (byte[] record : records) {
            all.writeBytes(record);
        }
        return all.toByteArray();
    }
}

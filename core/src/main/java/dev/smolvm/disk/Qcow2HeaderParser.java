package dev.smolvm.disk;

import static dev.smolvm.disk.Qcow2Format.INCOMPATIBLE_COMPRESSION;
import static dev.smolvm.disk.Qcow2Format.INCOMPATIBLE_CORRUPT;
import static dev.smolvm.disk.Qcow2Format.INCOMPATIBLE_DATA_FILE;
import static dev.smolvm.disk.Qcow2Format.INCOMPATIBLE_DIRTY;
import static dev.smolvm.disk.Qcow2Format.INCOMPATIBLE_EXTENDED_L2;
import static dev.smolvm.disk.Qcow2Format.INCOMPATIBLE_KNOWN;

import java.nio.ByteBuffer;

/** Reads one header. */
final class Qcow2HeaderParser {
    private final String name;
    private final ByteBuffer head;
    private final long fileBytes;

    private int clusterBits;
    private boolean dataFileExtension;
    private boolean encryptionExtension;

    Qcow2HeaderParser(String name, ByteBuffer head, long fileBytes) {
        this.name = name;
        this.head = head.slice();
        this.fileBytes = fileBytes;
    }

    Qcow2Header parse() {
        check(head.limit() >= Qcow2Format.V2_HEADER_BYTES, "it has only " + head.limit() + " bytes");
        check(head.getInt(0) == Qcow2Format.MAGIC, "it does not begin with 'QFI\\xfb'");
        int version = head.getInt(4);
        check(version == 2 || version == 3, "version " + Integer.toUnsignedString(version));
        boolean v3 = version == 3;
        check(!v3 || head.limit() >= Qcow2Format.V3_HEADER_BYTES, "the header is cut short");

        clusterBits = head.getInt(20);
        check(
                clusterBits >= Qcow2Format.MIN_CLUSTER_BITS && clusterBits <= Qcow2Format.MAX_CLUSTER_BITS,
                "cluster bits " + Integer.toUnsignedString(clusterBits));
        long virtualBytes = head.getLong(24);
        check(virtualBytes >= 0, "size " + Long.toUnsignedString(virtualBytes));

        long features = v3 ? head.getLong(72) : 0;
        check((features & ~INCOMPATIBLE_KNOWN) == 0, "unknown features 0x" + Long.toHexString(features));
        int refcountOrder = v3 ? head.getInt(96) : 4;
        check(
                refcountOrder >= 0 && refcountOrder <= Qcow2Format.MAX_REFCOUNT_ORDER,
                "refcount order " + Integer.toUnsignedString(refcountOrder));
        int headerBytes = v3 ? head.getInt(100) : Qcow2Format.V2_HEADER_BYTES;
        check(
                headerBytes >= (v3 ? Qcow2Format.V3_HEADER_BYTES : Qcow2Format.V2_HEADER_BYTES)
                        && headerBytes % 8 == 0
                        && headerBytes <= Math.min(head.limit(), clusterBytes()),
                "header length " + Integer.toUnsignedString(headerBytes));
        checkCompression(features, headerBytes);

        boolean namesBackingFile = checkBackingName(headerBytes);
        checkTables(virtualBytes, features);
        int snapshots = checkSnapshots();
        readExtensions(headerBytes);

        return new Qcow2Header(
                version,
                virtualBytes,
                clusterBits,
                refcountOrder,
                namesBackingFile,
                dataFileExtension || (features & INCOMPATIBLE_DATA_FILE) != 0,
                encryptionExtension || head.getInt(32) != 0,
                (features & INCOMPATIBLE_DIRTY) != 0,
                (features & INCOMPATIBLE_CORRUPT) != 0,
                (features & INCOMPATIBLE_EXTENDED_L2) != 0,
                snapshots);
    }

    private void checkCompression(long features, int headerBytes) {
        int type = headerBytes > Qcow2Format.V3_HEADER_BYTES ? head.get(104) : 0;
        check(type == 0 || type == 1, "compression type " + type);
        check((type != 0) == ((features & INCOMPATIBLE_COMPRESSION) != 0), "compression type and feature bit differ");
    }

    private boolean checkBackingName(int headerBytes) {
        long offset = head.getLong(8);
        int bytes = head.getInt(16);
        if (offset == 0) {
            return false;
        }
        check(bytes >= 0 && bytes <= Qcow2Format.MAX_BACKING_NAME_BYTES, "backing file name too long");
        check(offset >= headerBytes && offset <= clusterBytes() - bytes, "backing file name outside the first cluster");
        return true;
    }

    private void checkTables(long virtualBytes, long features) {
        long l1Entries = Integer.toUnsignedLong(head.getInt(36));
        check(l1Entries * Long.BYTES <= Qcow2Format.MAX_L1_BYTES, "L1 table of " + l1Entries + " entries");
        int l2EntryBits = (features & INCOMPATIBLE_EXTENDED_L2) != 0 ? 4 : 3;
        int bitsPerL1Entry = clusterBits + clusterBits - l2EntryBits;
        long needed = (virtualBytes >>> bitsPerL1Entry) + ((virtualBytes & ((1L << bitsPerL1Entry) - 1)) == 0 ? 0 : 1);
        check(l1Entries >= needed, "L1 table too small for " + virtualBytes + " bytes");
        checkTable("L1 table", head.getLong(40), l1Entries * Long.BYTES);

        long refcountClusters = Integer.toUnsignedLong(head.getInt(56));
        check(refcountClusters > 0, "no refcount table");
        check(
                refcountClusters << clusterBits <= Qcow2Format.MAX_REFCOUNT_TABLE_BYTES,
                "refcount table of " + refcountClusters + " clusters");
        check(head.getLong(48) != 0, "no refcount table");
        checkTable("refcount table", head.getLong(48), Long.BYTES);
    }

    private int checkSnapshots() {
        int snapshots = head.getInt(60);
        check(
                snapshots >= 0 && snapshots <= Qcow2Format.MAX_SNAPSHOTS,
                Integer.toUnsignedString(snapshots) + " snapshots");
        if (snapshots > 0) {
            checkTable("snapshot table", head.getLong(64), (long) snapshots * Qcow2Format.SNAPSHOT_HEADER_BYTES);
        }
        return snapshots;
    }

    private void checkTable(String what, long offset, long bytes) {
        if (bytes == 0) {
            return;
        }
        check(offset >= 0 && (offset & (clusterBytes() - 1)) == 0, what + " at a crooked place");
        check(offset >= clusterBytes(), what + " over the header");
        check(offset <= fileBytes && bytes <= fileBytes - offset, what + " outside the file");
    }

    private void readExtensions(int headerBytes) {
        long backingName = head.getLong(8);
        long end = Math.min(head.limit(), backingName != 0 ? backingName : clusterBytes());
        long at = headerBytes;
        while (end - at >= 8) {
            int type = head.getInt((int) at);
            long length = Integer.toUnsignedLong(head.getInt((int) at + 4));
            if (type == Qcow2Format.EXTENSION_END) {
                return;
            }
            check(length <= end - at - 8, "header extension 0x" + Integer.toHexString(type) + " too long");
            switch (type) {
                case Qcow2Format.EXTENSION_DATA_FILE -> dataFileExtension = true;
                case Qcow2Format.EXTENSION_ENCRYPTION -> encryptionExtension = true;
                default -> {
                    // Names, bitmaps, and what may be ignored by the format's own rule.
                }
            }
            at += 8 + (length + 7) / 8 * 8;
        }
    }

    private long clusterBytes() {
        return 1L << clusterBits;
    }

    private void check(boolean sound, String complaint) {
        if (!sound) {
            throw Qcow2Header.damaged(name, complaint);
        }
    }
}

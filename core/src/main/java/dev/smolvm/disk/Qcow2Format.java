package dev.smolvm.disk;

/** Numbers of the qcow2 format (QEMU's docs/interop/qcow2), and the limits within which QEMU itself opens a file. */
final class Qcow2Format {
    static final int MAGIC = 0x514649fb;
    static final int V2_HEADER_BYTES = 72;
    static final int V3_HEADER_BYTES = 104;

    static final int MIN_CLUSTER_BITS = 9;
    static final int MAX_CLUSTER_BITS = 21;
    static final int MAX_REFCOUNT_ORDER = 6;
    static final long MAX_L1_BYTES = 32L << 20;
    static final long MAX_REFCOUNT_TABLE_BYTES = 8L << 20;
    static final int MAX_SNAPSHOTS = 65_536;
    static final int MAX_BACKING_NAME_BYTES = 1023;
    static final int SNAPSHOT_HEADER_BYTES = 40;

    static final long INCOMPATIBLE_DIRTY = 1;
    static final long INCOMPATIBLE_CORRUPT = 1 << 1;
    static final long INCOMPATIBLE_DATA_FILE = 1 << 2;
    static final long INCOMPATIBLE_COMPRESSION = 1 << 3;
    static final long INCOMPATIBLE_EXTENDED_L2 = 1 << 4;
    static final long INCOMPATIBLE_KNOWN = (1 << 5) - 1;

    static final int EXTENSION_END = 0;
    static final int EXTENSION_BACKING_FORMAT = 0xe2792aca;
    static final int EXTENSION_FEATURE_NAMES = 0x6803f857;
    static final int EXTENSION_BITMAPS = 0x23852875;
    static final int EXTENSION_ENCRYPTION = 0x0537be77;
    static final int EXTENSION_DATA_FILE = 0x44415441;

    private Qcow2Format() {}
}

package dev.smolvm.disk;

/** The disk formats that SmolVM lets QEMU open, always by name: QEMU never guesses a format from a disk's content. */
public enum DiskFormat {
    RAW,
    QCOW2;

    /** As QEMU's {@code driver} and qemu-img's {@code -f} want it. */
    public String qemuName() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}

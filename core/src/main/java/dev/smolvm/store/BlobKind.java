package dev.smolvm.store;

/** What an immutable file in the store is; the kind is its file name's ending. */
public enum BlobKind {
    /** A sealed disk layer. */
    LAYER(".qcow2"),
    /** A whole disk, raw and sparse, for VMMs that know no layers. */
    DISK(".raw"),
    /** An uncompressed ELF kernel. */
    KERNEL(".vmlinux"),
    INITRD(".initrd");

    private final String extension;

    BlobKind(String extension) {
        this.extension = extension;
    }

    public String extension() {
        return extension;
    }
}

package dev.smolvm.disk;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** Formats that are recognised in order to be refused with the way out. */
enum ForeignFormat {
    VMDK("VMDK", "vmdk"),
    VHDX("VHDX", "vhdx"),
    VHD("VHD", "vpc"),
    VDI("VirtualBox VDI", "vdi"),
    QED("QED", "qed"),
    QCOW1("qcow version 1", "qcow"),
    PARALLELS("Parallels", "parallels"),
    BOCHS("Bochs", "bochs"),
    CLOOP("cloop", "cloop"),
    DMG("DMG", "dmg"),
    LUKS("LUKS", null),
    TAR("tar or OVA", null),
    GZIP("gzip", null),
    XZ("xz", null),
    ZSTD("zstd", null),
    BZIP2("bzip2", null),
    ZIP("zip", null),
    SEVEN_ZIP("7z", null),
    EMPTY("empty", null);

    private static final int FOOTER = 512;

    private final String label;
    private final String qemuName;

    ForeignFormat(String label, String qemuName) {
        this.label = label;
        this.qemuName = qemuName;
    }

    String label() {
        return label;
    }

    String advice(String file) {
        if (qemuName != null) {
            return "if you trust the file, convert it: qemu-img convert -f " + qemuName + " -O qcow2 " + file
                    + " disk.qcow2";
        }
        return switch (this) {
            case LUKS -> "give a disk that is not encrypted";
            case EMPTY -> "give a disk with a system on it";
            case TAR -> "unpack it and give the disk inside";
            default -> "decompress it and give the disk inside";
        };
    }

    /**
     * @param head the first bytes of the file, fewer than 1024 only if it is that small
     * @param tail the last 512 bytes
     */
    static Optional<ForeignFormat> of(ByteBuffer head, ByteBuffer tail) {
        return Optional.ofNullable(byMagic(head, tail));
    }

    private static ForeignFormat byMagic(ByteBuffer head, ByteBuffer tail) {
        if (head.limit() == 0) {
            return EMPTY;
        }
        if (at(head, 0, "KDMV") || at(head, 0, "COWD") || at(head, 0, "# Disk DescriptorFile")) {
            return VMDK;
        }
        if (at(head, 0, "vhdxfile")) {
            return VHDX;
        }
        if (at(head, 0, "conectix") || at(tail, tail.limit() - FOOTER, "conectix")) {
            return VHD;
        }
        if (at(head, 0x40, 0x7f, 0x10, 0xda, 0xbe)) {
            return VDI;
        }
        if (at(head, 0, "QED\0")) {
            return QED;
        }
        if (at(head, 0, 'Q', 'F', 'I', 0xfb, 0, 0, 0, 1)) {
            return QCOW1;
        }
        if (at(head, 0, "WithoutFreeSpace") || at(head, 0, "WithouFreSpacExt")) {
            return PARALLELS;
        }
        if (at(head, 0, "Bochs Virtual HD Image")) {
            return BOCHS;
        }
        if (at(head, 0, "#!/bin/sh\n#V2.0 Format")) {
            return CLOOP;
        }
        if (at(tail, tail.limit() - FOOTER, "koly")) {
            return DMG;
        }
        if (at(head, 0, 'L', 'U', 'K', 'S', 0xba, 0xbe)) {
            return LUKS;
        }
        return packed(head);
    }

    private static ForeignFormat packed(ByteBuffer head) {
        if (at(head, 257, "ustar")) {
            return TAR;
        }
        if (at(head, 0, 0x1f, 0x8b, 8)) {
            return GZIP;
        }
        if (at(head, 0, 0xfd, '7', 'z', 'X', 'Z', 0)) {
            return XZ;
        }
        if (at(head, 0, 0x28, 0xb5, 0x2f, 0xfd)) {
            return ZSTD;
        }
        if (at(head, 0, "BZh")) {
            return BZIP2;
        }
        if (at(head, 0, 'P', 'K', 3, 4)) {
            return ZIP;
        }
        if (at(head, 0, '7', 'z', 0xbc, 0xaf, 0x27, 0x1c)) {
            return SEVEN_ZIP;
        }
        return null;
    }

    private static boolean at(ByteBuffer bytes, int offset, String magic) {
        byte[] wanted = magic.getBytes(StandardCharsets.ISO_8859_1);
        int[] unsigned = new int[wanted.length];
        Arrays.setAll(unsigned, i -> wanted[i] & 0xff);
        return at(bytes, offset, unsigned);
    }

    private static boolean at(ByteBuffer bytes, int offset, int... magic) {
        if (offset < 0 || bytes.limit() - offset < magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if ((bytes.get(offset + i) & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }
}

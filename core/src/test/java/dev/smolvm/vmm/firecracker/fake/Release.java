package dev.smolvm.vmm.firecracker.fake;

/** Which Firecracker this is. All differences are between minor versions of 1. */
record Release(int minor, String text) {
    static final String NEWEST = "1.17.0";

    static Release of(String text) {
        String[] parts = text.split("\\.");
        if (parts.length != 3 || !parts[0].equals("1")) {
            throw new IllegalArgumentException("no such release: " + text);
        }
        return new Release(Integer.parseInt(parts[1]), text);
    }

    boolean since(int first) {
        return minor >= first;
    }

    /** 4, 5 and 10 are those of 1.10, 1.11 and 1.16; of the others only that they differ is certain. */
    int snapshotMajor() {
        return minor - 6;
    }

    String snapshotVersion() {
        return snapshotMajor() + ".0.0";
    }
}

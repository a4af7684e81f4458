package dev.smolvm.inspect;

/** What a name in a file system stands for. */
public enum FileKind {
    FILE("file"),
    DIRECTORY("directory"),
    LINK("link"),
    CHARACTER_DEVICE("character device"),
    BLOCK_DEVICE("block device"),
    PIPE("pipe"),
    SOCKET("socket");

    private final String label;

    FileKind(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}

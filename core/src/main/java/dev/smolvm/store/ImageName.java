package dev.smolvm.store;

/** The name of an image. */
public record ImageName(String value) implements Comparable<ImageName> {
    /** @throws dev.smolvm.error.SmolVmException (usage) for a value that is not a valid name */
    public ImageName {
        Names.checked("image", value, 63);
    }

    @Override
    public int compareTo(ImageName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}

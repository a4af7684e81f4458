package dev.smolvm.store;

/** The name of a sandbox; also the guest's host name and a directory in the store. */
public record SandboxName(String value) implements Comparable<SandboxName> {
    /** @throws dev.smolvm.error.SmolVmException (usage) for a value that is not a valid name */
    public SandboxName {
        Names.checked("sandbox", value, 63);
    }

    @Override
    public int compareTo(SandboxName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}

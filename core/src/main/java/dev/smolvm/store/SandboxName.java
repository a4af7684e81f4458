package dev.smolvm.store;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.util.Optional;

/** The name of a sandbox; also the guest's host name and a directory in the store. */
public record SandboxName(String value) implements Comparable<SandboxName> {
    private static final String RESERVED = "smolvm.";
    /** What the names of templates begin with; 16 hex digits follow, and nothing else is one: it may be a user's, of old. */
    private static final String TEMPLATE = RESERVED + "template-";

    private static final int TEMPLATE_DIGITS = 16;

    /** @throws dev.smolvm.error.SmolVmException (usage) for a value that is not a valid name */
    public SandboxName {
        Names.checked("sandbox", value, 63);
    }

    /** The name of the sandbox that becomes a template of this name; never a user's. */
    public static SandboxName ofTemplate(SnapshotId template) {
        return new SandboxName(RESERVED + template);
    }

    /** The template that it becomes, if it is such a sandbox. */
    public Optional<SnapshotId> template() {
        return value.startsWith(TEMPLATE) && Names.isHex(value, TEMPLATE.length(), TEMPLATE_DIGITS)
                ? Optional.of(new SnapshotId(value.substring(RESERVED.length())))
                : Optional.empty();
    }

    /** @throws dev.smolvm.error.SmolVmException (usage) for a name that smolvm keeps for itself */
    public SandboxName requireUsers() {
        if (value.startsWith(RESERVED)) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "names that begin with " + RESERVED + " are smolvm's own: " + value,
                    "choose another name");
        }
        return this;
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

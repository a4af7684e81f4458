package dev.smolvm.inspect;

import java.util.Optional;
import java.util.Set;

/**
 * One name that differs between two file systems.
 *
 * @param path from the root on; bytes of a name that is not UTF-8 are written as {@code \xNN}. A guest chose it: it may hold
 *     control characters
 * @param before empty where there was nothing
 * @param after empty where there is nothing
 * @param aspects what of it changed; empty unless {@code change} is CHANGED
 */
public record FileChange(
        Change change, String path, Optional<State> before, Optional<State> after, Set<Aspect> aspects) {

    public enum Change {
        ADDED,
        REMOVED,
        CHANGED,
        /** The disk is damaged there, so nobody knows. */
        UNREADABLE
    }

    public enum Aspect {
        CONTENT("content"),
        MODE("mode"),
        OWNER("owner"),
        KIND("kind"),
        LINK_TARGET("target"),
        DEVICE_NUMBER("device number");

        private final String label;

        Aspect(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    /** @param bytes size of a file, length of a link's target; 0 for everything else */
    public record State(FileKind kind, long bytes) {}
}

package dev.smolvm.upkeep;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Something about a store that is not as it should be.
 *
 * @param what in a few words
 * @param consequence what it means for those who use the store
 * @param next the next command; empty where there is nothing to do
 * @param repaired it was put right
 */
public record Finding(Kind kind, Path path, String what, String consequence, String next, boolean repaired) {
    static String damagedBy(Set<StoreObject> users) {
        return "damaged by it: " + users.stream().map(StoreObject::toString).collect(Collectors.joining(", "));
    }

    /** How bad it is. */
    public enum Kind {
        /** Something that should be there is not. */
        MISSING(true),
        /** Something is not what it was. */
        DAMAGED(true),
        /** Something that would lead smolvm, or whoever follows it, elsewhere. */
        PLANTED(true),
        /** A file that is open to more or fewer than it should, or belongs to somebody else. */
        ACCESS(false),
        /** What a command left that died, and that nothing names. */
        LEFTOVER(false),
        /** A file that is not the store's. */
        UNKNOWN(false),
        /** A command is at work there, so it was not checked. */
        BUSY(false);

        private final boolean damage;

        Kind(boolean damage) {
            this.damage = damage;
        }

        /** Whether something cannot be used, or not trusted, because of it. */
        public boolean damage() {
            return damage;
        }

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}

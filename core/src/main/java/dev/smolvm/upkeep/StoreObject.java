package dev.smolvm.upkeep;

import java.util.Locale;

/** Something that uses files of the store. */
public record StoreObject(Kind kind, String name) implements Comparable<StoreObject> {
    /** What there is. */
    public enum Kind {
        IMAGE,
        /** Named after its image too: {@code tiny/template-1f…}. */
        TEMPLATE,
        SANDBOX,
        SNAPSHOT;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public int compareTo(StoreObject other) {
        int byKind = kind.compareTo(other.kind);
        return byKind == 0 ? name.compareTo(other.name) : byKind;
    }

    /** Such as {@code snapshot clean}. */
    @Override
    public String toString() {
        return kind.label() + " " + name;
    }
}

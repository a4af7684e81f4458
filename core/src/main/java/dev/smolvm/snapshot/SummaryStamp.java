package dev.smolvm.snapshot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * By what a snapshot's directory is known to be as it was: when it, its manifest, and the files that others may have put beside
 * that were last changed, how large they are, and which files (inodes) they are.
 */
final class SummaryStamp {
    /** In the directory, which comes before them. */
    private static final String[] FILES = {"manifest.json", "notes.json", "restored.json"};

    /** Of each file: when it was changed, in nanoseconds, or {@link #ABSENT}; its size; which one it is. */
    private static final int FACTS = 3;

    private static final long ABSENT = Long.MIN_VALUE;

    static final int LENGTH = (1 + FILES.length) * FACTS;
    /** Longer than any file system takes to give a change another time than the one before: so the git index does it. */
    private static final long SETTLED_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final long[] facts;

    private SummaryStamp(long[] facts) {
        this.facts = facts;
    }

    static SummaryStamp of(long[] facts) {
        return new SummaryStamp(facts);
    }

    /** Empty where there is no manifest in a directory. */
    static Optional<SummaryStamp> of(Path directory) {
        long[] facts = new long[LENGTH];
        try {
            BasicFileAttributes attributes = attributes(directory);
            if (!attributes.isDirectory()) {
                return Optional.empty();
            }
            note(attributes, facts, 0);
            note(attributes(directory.resolve(FILES[0])), facts, FACTS);
            for (int i = 1; i < FILES.length; i++) {
                noteIfThere(directory.resolve(FILES[i]), facts, (i + 1) * FACTS);
            }
        } catch (IOException e) {
            return Optional.empty();
        }
        return Optional.of(new SummaryStamp(facts));
    }

    private static BasicFileAttributes attributes(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    private static void noteIfThere(Path file, long[] facts, int at) throws IOException {
        facts[at] = ABSENT;
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            note(attributes(file), facts, at);
        }
    }

    private static void note(BasicFileAttributes attributes, long[] facts, int at) {
        facts[at] = attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS);
        facts[at + 1] = attributes.size();
        // Says which file it is; one that says something else in the next process makes this stamp another, no worse.
        facts[at + 2] = attributes.fileKey() == null ? 0 : attributes.fileKey().hashCode();
    }

    /**
     * Whether the directory would get this stamp now. What was not there is not looked for: had it come, the directory would have
     * changed.
     */
    boolean isStillOf(Path directory) {
        long[] now = new long[LENGTH];
        try {
            note(attributes(directory), now, 0);
            for (int i = 0; i < FILES.length; i++) {
                int at = (i + 1) * FACTS;
                now[at] = facts[at];
                if (facts[at] != ABSENT) {
                    note(attributes(directory.resolve(FILES[i])), now, at);
                }
            }
        } catch (IOException e) {
            return false;
        }
        return Arrays.equals(facts, now);
    }

    /** Whether a change since would give another stamp: not while the times are as good as now. */
    boolean settled(long nowMillis) {
        long limit = TimeUnit.MILLISECONDS.toNanos(nowMillis) - SETTLED_NANOS;
        for (int i = 0; i < LENGTH; i += FACTS) {
            if (facts[i] > limit) {
                return false;
            }
        }
        return true;
    }

    long[] facts() {
        return facts.clone();
    }
}

package dev.smolvm.history;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.snapshot.LabelMatch;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/**
 * Which of a sandbox's snapshots are to stay. One that any rule keeps stays. One that has expired goes, unless its label keeps
 * it, and is not counted by the others.
 *
 * @param keepLast how many of the newest stay
 * @param keepHourly the newest of each hour stays, for so many of the latest hours that have any
 * @param keepDaily the same with days
 * @param olderThan only what is older goes
 * @param expired also without any other rule, which then keep everything else
 * @param keepLabels whatever has one of these stays
 * @param only empty: all count; else only those with this label count and can go
 * @param zone in which hours and days are told
 */
public record RetentionRules(
        int keepLast,
        int keepHourly,
        int keepDaily,
        Optional<Duration> olderThan,
        boolean expired,
        List<LabelMatch> keepLabels,
        Optional<LabelMatch> only,
        ZoneId zone) {
    /** @throws SmolVmException usage: no rule says what is to go */
    public RetentionRules {
        keepLabels = List.copyOf(keepLabels);
        if (!expired && !selecting(keepLast, keepHourly, keepDaily, olderThan)) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "no rule says which snapshots to remove",
                    "give --keep-last, --keep-hourly, --keep-daily, --older-than or --expired; try it with --dry-run");
        }
    }

    /** The newest that have this label. */
    public static RetentionRules last(int count, LabelMatch only) {
        return new RetentionRules(
                count, 0, 0, Optional.empty(), false, List.of(), Optional.of(only), java.time.ZoneOffset.UTC);
    }

    /** Whether anything that has not expired may go. */
    boolean selecting() {
        return selecting(keepLast, keepHourly, keepDaily, olderThan);
    }

    private static boolean selecting(int last, int hourly, int daily, Optional<Duration> olderThan) {
        return last > 0 || hourly > 0 || daily > 0 || olderThan.isPresent();
    }
}

package dev.smolvm.inspect;

import dev.smolvm.inspect.FileChange.Aspect;
import dev.smolvm.inspect.FileChange.Change;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Takes the records of a comparison as they come from a guest that may lie (docs/control-channel.md, "Looking into disks").
 * Whatever comes, memory is bounded.
 */
final class ChangeRecords extends OutputStream {
    static final int MAX_CHANGES = 300_000;
    static final int MAX_PATH_BYTES = 32 << 20;
    static final int LONGEST_PATH = 4095;

    /** Of a difference, without its path. */
    private static final int DIFFERENCE = 23;

    private static final int PROGRESS = 9;
    private static final int END = 17;

    private final LongConsumer progress;
    private final List<FileChange> changes = new ArrayList<>();
    private final ByteBuffer pending =
            ByteBuffer.allocate(DIFFERENCE + LONGEST_PATH).order(ByteOrder.LITTLE_ENDIAN);
    private long pathBytes;
    private long compared = -1;

    /** @param progress is told how many entries were looked at so far, at least twice a second */
    ChangeRecords(LongConsumer progress) {
        this.progress = progress;
    }

    /** Too much differs to be held. */
    static final class TooManyException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        int at = offset;
        while (at < offset + length) {
            int room = Math.min(pending.remaining(), offset + length - at);
            pending.put(bytes, at, room);
            at += room;
            pending.flip();
            while (takeOne()) {
                // Until a record is not there as a whole.
            }
            pending.compact();
        }
    }

    /** Whether there was a whole record. */
    private boolean takeOne() {
        if (!pending.hasRemaining()) {
            return false;
        }
        if (compared >= 0) {
            throw new InvalidRecordsException("something behind the end");
        }
        byte type = pending.get(pending.position());
        int size =
                switch (type) {
                    case 'D' -> differenceSize();
                    case 'P' -> PROGRESS;
                    case 'E' -> END;
                    default -> throw new InvalidRecordsException("a record of an unknown type");
                };
        if (pending.remaining() < size) {
            return false;
        }
        pending.get();
        switch (type) {
            case 'D' -> takeDifference();
            case 'P' -> progress.accept(number("number of entries"));
            default -> takeEnd();
        }
        return true;
    }

    /** As far as it is known. */
    private int differenceSize() {
        if (pending.remaining() < DIFFERENCE) {
            return DIFFERENCE;
        }
        int path = Short.toUnsignedInt(pending.getShort(pending.position() + DIFFERENCE - Short.BYTES));
        if (path == 0 || path > LONGEST_PATH) {
            throw new InvalidRecordsException("a path of " + path + " bytes");
        }
        return DIFFERENCE + path;
    }

    private void takeDifference() {
        Change change = oneOf(Change.values(), pending.get() - 1, "change");
        Optional<FileKind> kindBefore = kind();
        Optional<FileKind> kindAfter = kind();
        Set<Aspect> aspects = aspects(pending.get());
        long bytesBefore = number("size");
        long bytesAfter = number("size");
        byte[] path = new byte[Short.toUnsignedInt(pending.getShort())];
        pending.get(path);
        boolean right =
                switch (change) {
                    case ADDED -> kindBefore.isEmpty() && kindAfter.isPresent() && aspects.isEmpty();
                    case REMOVED -> kindBefore.isPresent() && kindAfter.isEmpty() && aspects.isEmpty();
                    case CHANGED -> kindBefore.isPresent() && kindAfter.isPresent() && !aspects.isEmpty();
                    case UNREADABLE -> aspects.isEmpty();
                };
        if (!right) {
            throw new InvalidRecordsException("a difference that is none");
        }
        pathBytes += path.length;
        if (changes.size() == MAX_CHANGES || pathBytes > MAX_PATH_BYTES) {
            throw new TooManyException();
        }
        changes.add(new FileChange(
                change,
                ReportedPath.of(path),
                kindBefore.map(k -> new FileChange.State(k, bytesBefore)),
                kindAfter.map(k -> new FileChange.State(k, bytesAfter)),
                aspects));
    }

    private void takeEnd() {
        compared = number("number of entries");
        if (pending.getLong() != changes.size()) {
            throw new InvalidRecordsException("not as many differences as it says");
        }
    }

    private Optional<FileKind> kind() {
        byte number = pending.get();
        return number == 0 ? Optional.empty() : Optional.of(oneOf(FileKind.values(), number - 1, "kind"));
    }

    private static Set<Aspect> aspects(byte bits) {
        Set<Aspect> aspects = EnumSet.noneOf(Aspect.class);
        for (Aspect aspect : Aspect.values()) {
            if ((bits & 1 << aspect.ordinal()) != 0) {
                aspects.add(aspect);
            }
        }
        if (bits >>> Aspect.values().length != 0) {
            throw new InvalidRecordsException("an unknown aspect");
        }
        return Set.copyOf(aspects);
    }

    private long number(String what) {
        long number = pending.getLong();
        if (number < 0) {
            throw new InvalidRecordsException("an impossible " + what);
        }
        return number;
    }

    private static <E> E oneOf(E[] values, int number, String what) {
        if (number < 0 || number >= values.length) {
            throw new InvalidRecordsException("an unknown " + what);
        }
        return values[number];
    }

    /** Once the program has ended. */
    TreeDiff result(Side before, Side after) {
        if (compared < 0 || pending.position() > 0) {
            throw new InvalidRecordsException("no end");
        }
        return new TreeDiff(before, after, changes, compared);
    }
}

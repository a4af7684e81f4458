package dev.smolvm.archive;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.nio.file.Path;

/** What can be wrong with an archive. */
final class ArchiveFailures {
    private static final int SHOWN = 60;

    private ArchiveFailures() {}

    static SmolVmException damaged(Path file, String what) {
        return damaged(file, what, null);
    }

    static SmolVmException damaged(Path file, String what, Throwable cause) {
        return new SmolVmException(
                ErrorKind.INTEGRITY,
                "the archive " + file + " is damaged, or not one that smolvm wrote: " + what,
                "copy it again, or export the snapshot again; nothing was imported",
                cause);
    }

    static SmolVmException notOne(Path file, String why) {
        return new SmolVmException(
                ErrorKind.USAGE,
                file + " is not an archive of a snapshot: " + why,
                "smolvm sandbox snapshot export SNAPSHOT -o FILE makes one");
    }

    /** Text out of an archive, so that control characters and endless names cannot spoil a message. */
    static String printable(String text) {
        StringBuilder shown = new StringBuilder("'");
        text.codePoints().limit(SHOWN).forEach(c -> shown.append(c >= ' ' && c < 0x7f ? (char) c : '?'));
        return shown.append(text.codePointCount(0, text.length()) > SHOWN ? "…'" : "'")
                .toString();
    }
}

package dev.smolvm.inspect;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import com.github.difflib.algorithm.myers.MyersDiffWithLinearSpace;
import com.github.difflib.patch.Patch;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The differences of two files' bytes. */
final class UnifiedText {
    /** The comparison takes time in proportion to lines times differences. */
    static final int MAX_LINES = 20_000;

    private static final int CONTEXT = 3;
    private static final int HEADER = 2;
    private static final String HUNK = "@@ ";
    private static final String NO_END = "\n\\ No newline at end of file";
    private static final String NOTHING = "/dev/null";

    private UnifiedText() {}

    /** @param before empty where there was no file; at least one is there */
    static ContentDiff of(String path, Side from, Side to, Optional<byte[]> before, Optional<byte[]> after) {
        OptionalLong bytesBefore = bytes(before);
        OptionalLong bytesAfter = bytes(after);
        if (before.isPresent() && after.isPresent() && Arrays.equals(before.get(), after.get())) {
            return new ContentDiff.Same(bytesBefore, bytesAfter);
        }
        Optional<List<String>> linesBefore = lines(before.orElse(new byte[0]));
        Optional<List<String>> linesAfter = lines(after.orElse(new byte[0]));
        if (linesBefore.isEmpty() || linesAfter.isEmpty()) {
            return new ContentDiff.Binary(bytesBefore, bytesAfter);
        }
        if (Math.max(linesBefore.get().size(), linesAfter.get().size()) > MAX_LINES) {
            throw new SmolVmException(
                    ErrorKind.UNSUPPORTED,
                    "compare " + path + ": it has more than " + MAX_LINES + " lines",
                    "take both out and compare them here: " + DiskFailures.fetch(from, path) + "; "
                            + DiskFailures.fetch(to, path));
        }
        return new ContentDiff.Text(
                bytesBefore,
                bytesAfter,
                unified(
                        before.isPresent() ? from.reference() + ":" + path : NOTHING,
                        after.isPresent() ? to.reference() + ":" + path : NOTHING,
                        linesBefore.get(),
                        linesAfter.get()));
    }

    private static List<String> unified(String nameBefore, String nameAfter, List<String> before, List<String> after) {
        Patch<String> patch = DiffUtils.diff(before, after, new MyersDiffWithLinearSpace<>());
        List<String> lines = UnifiedDiffUtils.generateUnifiedDiff(nameBefore, nameAfter, before, patch, CONTEXT);
        List<String> all = new ArrayList<>();
        for (String line : removedFirst(lines)) {
            if (line.startsWith(HUNK)) {
                // No line at all is before the first one (diffutils' manual, "Detailed Unified").
                all.add(line.replace("-1,0 ", "-0,0 ").replace("+1,0 ", "+0,0 "));
                continue;
            }
            // The mark of a missing end came through the comparison as part of its line.
            all.addAll(List.of(line.split("\n", -1)));
        }
        return all;
    }

    /** As every reader of such differences is used to; this way of comparing finds them in any order. */
    private static List<String> removedFirst(List<String> lines) {
        List<String> ordered = new ArrayList<>(lines.subList(0, Math.min(HEADER, lines.size())));
        List<String> added = new ArrayList<>();
        for (String line : lines.subList(ordered.size(), lines.size())) {
            if (line.startsWith("+")) {
                added.add(line);
                continue;
            }
            if (!line.startsWith("-")) {
                ordered.addAll(added);
                added.clear();
            }
            ordered.add(line);
        }
        ordered.addAll(added);
        return ordered;
    }

    private static OptionalLong bytes(Optional<byte[]> content) {
        return content.map(c -> OptionalLong.of(c.length)).orElse(OptionalLong.empty());
    }

    /** Empty for what is no text: not UTF-8, or with a NUL in it. */
    private static Optional<List<String>> lines(byte[] content) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
        if (text.indexOf('\0') >= 0) {
            return Optional.empty();
        }
        List<String> lines = new ArrayList<>(Arrays.asList(text.split("\n", -1)));
        String last = lines.removeLast();
        if (!last.isEmpty()) {
            lines.add(last + NO_END);
        }
        return Optional.of(lines);
    }
}

package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What a power cut may take: whatever a name leads to has been synced before it is given that name, and the name after. A
 * killed process cannot show this, since the kernel still writes; the order of the system calls does.
 */
@ExtendWith(ToolExtension.class)
@Fault(Case.F01)
class DurabilityIT {
    private static final Pattern SYNC = Pattern.compile("f(?:data)?sync\\(\\d+<(.*)>\\)\\s+= 0");
    private static final Pattern RENAME = Pattern.compile("rename\\(\"(.*)\", \"(.*)\"\\)\\s+= 0");

    private final Tool tool;
    private final List<Call> calls = new ArrayList<>();

    DurabilityIT(Tool tool) {
        this.tool = tool;
    }

    /** @param to where a rename goes; null for a sync */
    private record Call(Path path, Path to) {
        boolean isRename() {
            return to != null;
        }
    }

    @Test
    void aSaveSyncsWhatItNamesBeforeAndTheNamesAfterwards() throws IOException {
        tool.reset();
        trace("sandbox", "snapshot", "create", Tool.BOX, "--snapshot-id", "s", "--resume-source");

        Path snapshot = tool.home().resolve("snapshots/s");
        int published = index(c -> c.isRename() && c.to().equals(snapshot));
        Path capture = calls.get(published).path();
        try (var files = Files.list(snapshot)) {
            files.forEach(f -> syncedBefore(published, capture.resolve(f.getFileName())));
        }
        syncedBefore(published, capture);
        syncedAfter(published, snapshot.getParent());
        syncedAfter(published, capture.getParent());

        // The new layer is written down before it is used, and lies there when it is written down.
        int written = index(c -> c.isRename() && c.to().endsWith("sandbox.json"));
        int layer = index(c -> !c.isRename() && isOverlay(c.path()));
        assertThat(layer).isLessThan(written);
        syncedBefore(written, calls.get(layer).path().getParent());
        renamedFilesAreDurable();
    }

    @Test
    void aRestoreSyncsTheNewLayerBeforeTheRecordNamesIt() throws IOException {
        tool.reset();
        trace("sandbox", "snapshot", "restore", Tool.BASE, "--force", "--resume");

        int written = index(c -> c.isRename() && c.to().endsWith("sandbox.json"));
        int layer = index(c -> !c.isRename() && isOverlay(c.path()));
        assertThat(layer).isLessThan(written);
        syncedBefore(written, calls.get(layer).path().getParent());
        renamedFilesAreDurable();
    }

    private static boolean isOverlay(Path path) {
        return path.toString().endsWith(".qcow2")
                && path.getParent().getFileName().toString().equals("vm");
    }

    private void renamedFilesAreDurable() {
        for (int i = 0; i < calls.size(); i++) {
            Call call = calls.get(i);
            if (call.isRename() && !call.to().startsWith(tool.home().resolve("tmp"))) {
                syncedBefore(i, call.path());
                syncedAfter(i, call.to().getParent());
            }
        }
    }

    private void trace(String... command) throws IOException {
        Path trace = Files.createTempFile("smolvm-trace", ".txt");
        tool.run(
                        List.of(
                                "strace",
                                "-f",
                                "-qq",
                                "-y",
                                "-s",
                                "4096",
                                "-b",
                                "execve",
                                "-e",
                                "trace=rename,renameat,renameat2,fsync,fdatasync",
                                "-o",
                                trace.toString()),
                        command)
                .succeeded();
        for (String line : whole(Files.readAllLines(trace))) {
            Matcher sync = SYNC.matcher(line);
            Matcher rename = RENAME.matcher(line);
            if (sync.find()) {
                calls.add(new Call(Path.of(sync.group(1)), null));
            } else if (rename.find()) {
                calls.add(new Call(Path.of(rename.group(1)), Path.of(rename.group(2))));
            }
        }
        Files.delete(trace);
        assertThat(calls).isNotEmpty();
    }

    /** Calls that others interrupted in the trace, where they ended. */
    private static List<String> whole(List<String> lines) {
        Map<String, String> begun = new HashMap<>();
        List<String> whole = new ArrayList<>();
        for (String line : lines) {
            String process = line.substring(0, line.indexOf(' '));
            int cut = line.indexOf(" <unfinished ...>");
            int rest = line.indexOf(" resumed>");
            if (cut >= 0) {
                begun.put(process, line.substring(0, cut));
            } else if (rest >= 0 && begun.containsKey(process)) {
                whole.add(begun.remove(process) + line.substring(rest + " resumed>".length()));
            } else {
                whole.add(line);
            }
        }
        return whole;
    }

    private int index(Predicate<Call> wanted) {
        for (int i = 0; i < calls.size(); i++) {
            if (wanted.test(calls.get(i))) {
                return i;
            }
        }
        throw new AssertionError("not among " + calls);
    }

    private void syncedBefore(int end, Path path) {
        assertThat(synced(calls.subList(0, end)))
                .as("synced before %s", calls.get(end))
                .contains(path);
    }

    private void syncedAfter(int start, Path path) {
        assertThat(synced(calls.subList(start, calls.size())))
                .as("synced after %s", calls.get(start))
                .contains(path);
    }

    private static List<Path> synced(List<Call> calls) {
        return calls.stream().filter(c -> !c.isRename()).map(Call::path).toList();
    }
}

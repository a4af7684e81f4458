package dev.smolvm.cli.command.sandbox;

import dev.smolvm.Progress;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.output.Printable;
import dev.smolvm.guest.TransferListener;
import dev.smolvm.json.Json;
import dev.smolvm.store.SandboxName;
import java.nio.file.Path;
import java.time.Duration;

/** Counts what a transfer moved. */
public final class Transfer implements TransferListener {
    /** Long enough for a guest that was restored a moment ago on a busy machine. */
    static final Duration CONNECT_DEADLINE = Duration.ofSeconds(30);

    public static final String LOCAL_TARGET =
            "Its path here, or an existing directory to put it into. A file that is there already is replaced.";

    private final String verb;
    private final Progress progress;
    private String current = "";
    private long files;
    private long bytes;

    /** @param verb such as {@code download}, for the progress */
    public Transfer(String verb, Progress progress) {
        this.verb = verb;
        this.progress = progress;
    }

    @Override
    public void moved(String path, long count) {
        if (!path.equals(current)) {
            current = path;
            files++;
            progress.step(verb + " " + path);
        }
        bytes += count;
        progress.advance(bytes, 0);
    }

    /** How many files that are not empty. */
    public long files() {
        return files;
    }

    public long bytes() {
        return bytes;
    }

    /** As it was typed, but for the slash at its end; see {@link dev.smolvm.cli.declare.Converters#target}. */
    public static String text(Path local) {
        return (local.getNameCount() > 1 && local.endsWith(".") ? local.getParent() : local).toString();
    }

    Result result(SandboxName sandbox, Path local, String guestPath) {
        return Result.of(
                Json.object()
                        .put("sandbox", sandbox.value())
                        .put("local_path", text(local))
                        .put("guest_path", guestPath)
                        .put("files", files)
                        .put("bytes", bytes)
                        .build(),
                files + (files == 1 ? " file, " : " files, ") + Printable.size(bytes) + " " + verb + "ed");
    }
}

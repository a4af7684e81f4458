package dev.smolvm.cli.command.image;

import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.output.Printable;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.json.Json;
import dev.smolvm.store.Blob;
import java.util.List;
import java.util.Locale;

/** Images as programs and people read them. */
final class ImageOutput {
    private ImageOutput() {}

    static Result made(ImageManifest image, List<String> notes) {
        Json data = Json.object()
                .put("image", brief(image))
                .put("notes", Json.ofStrings(notes))
                .build();
        return Result.of(data, (out, style) -> {
            out.println(image.name() + " built (" + Printable.size(bytes(image)) + ")");
            notes.forEach(note -> out.println("note: " + Printable.clean(note)));
        });
    }

    static Json brief(ImageManifest image) {
        return Json.object()
                .put("name", image.name().value())
                .put("os", lower(image.os()))
                .put("boot", boot(image))
                .put("control", control(image))
                .put("size_bytes", bytes(image))
                .put("disk_bytes", image.diskBytes())
                .put("source", image.source())
                .put("created_at", image.createdAt().toString())
                .build();
    }

    static String boot(ImageManifest image) {
        return switch (image.boot()) {
            case ImageManifest.Boot.DirectKernel _ -> "kernel";
            case ImageManifest.Boot.FromDisk(var firmware) -> lower(firmware);
        };
    }

    static String control(ImageManifest image) {
        return image.sshUser().isPresent() ? "ssh" : "agent";
    }

    static long bytes(ImageManifest image) {
        long bytes = 0;
        for (Blob blob : image.blobs()) {
            bytes += blob.size();
        }
        return bytes;
    }

    static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}

package dev.smolvm.image;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.store.Blob;
import dev.smolvm.store.ImageName;
import java.time.Instant;
import java.util.Optional;

/**
 * What {@code images/<name>/manifest.json} says.
 *
 * @param boot how a VMM starts it
 * @param root the read-only root disk layer (qcow2, no backing file)
 * @param diskBytes the root disk's virtual size
 * @param control how its guests are reached
 */
public record ImageManifest(
        ImageName name,
        GuestOs os,
        Boot boot,
        Blob root,
        long diskBytes,
        Control control,
        String source,
        Instant createdAt) {
    public static final int FORMAT = 1;

    public enum GuestOs {
        LINUX,
        WINDOWS
    }

    public enum Firmware {
        BIOS,
        UEFI
    }

    public sealed interface Boot {
        /** @param commandLine what the image needs; the sandbox's own parameters are appended */
        record DirectKernel(Blob kernel, Blob initrd, String commandLine) implements Boot {}

        record FromDisk(Firmware firmware) implements Boot {}
    }

    public sealed interface Control {
        record Agent() implements Control {}

        record SshOnly(String user) implements Control {}
    }

    public Json toJson() {
        Json.Builder boot = Json.object();
        switch (this.boot) {
            case Boot.DirectKernel(var kernel, var initrd, var commandLine) ->
                boot.put("type", "kernel")
                        .put("kernel", kernel.toJson())
                        .put("initrd", initrd.toJson())
                        .put("command_line", commandLine);
            case Boot.FromDisk(var firmware) -> boot.put("type", "disk").put("firmware", JsonFields.name(firmware));
        }
        Json.Builder control = Json.object();
        switch (this.control) {
            case Control.Agent() -> control.put("type", "agent");
            case Control.SshOnly(var user) -> control.put("type", "ssh").put("user", user);
        }
        return Json.object()
                .put("format", FORMAT)
                .put("name", name.value())
                .put("os", JsonFields.name(os))
                .put("boot", boot.build())
                .put("root", root.toJson())
                .put("disk_bytes", diskBytes)
                .put("control", control.build())
                .put("source", source)
                .put("created_at", createdAt.toString())
                .build();
    }

    /** @throws JsonFormatException for anything but a manifest of this format */
    public static ImageManifest fromJson(Json json) {
        JsonFields fields = JsonFields.of(json, "image");
        if (fields.integer("format") != FORMAT) {
            throw new JsonFormatException("image.format is not " + FORMAT);
        }
        JsonFields boot = fields.object("boot");
        JsonFields control = fields.object("control");
        return new ImageManifest(
                new ImageName(fields.string("name")),
                fields.oneOf("os", GuestOs.class),
                switch (boot.string("type")) {
                    case "kernel" ->
                        new Boot.DirectKernel(
                                Blob.fromJson(boot.object("kernel")),
                                Blob.fromJson(boot.object("initrd")),
                                boot.string("command_line"));
                    case "disk" -> new Boot.FromDisk(boot.oneOf("firmware", Firmware.class));
                    default -> throw new JsonFormatException("image.boot.type is unknown");
                },
                Blob.fromJson(fields.object("root")),
                fields.integer("disk_bytes"),
                switch (control.string("type")) {
                    case "agent" -> new Control.Agent();
                    case "ssh" -> new Control.SshOnly(control.string("user"));
                    default -> throw new JsonFormatException("image.control.type is unknown");
                },
                fields.string("source"),
                instant(fields.string("created_at")));
    }

    /** The files in {@code layers/} that this image needs. */
    public java.util.List<Blob> blobs() {
        return switch (boot) {
            case Boot.DirectKernel(var kernel, var initrd, var _) -> java.util.List.of(kernel, initrd, root);
            case Boot.FromDisk(var _) -> java.util.List.of(root);
        };
    }

    /** The SSH user, where SSH is the only way in. */
    public Optional<String> sshUser() {
        return control instanceof Control.SshOnly(var user) ? Optional.of(user) : Optional.empty();
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (java.time.format.DateTimeParseException e) {
            throw new JsonFormatException("image.created_at is not a time");
        }
    }
}

package dev.smolvm.sandbox;

import dev.smolvm.image.ImageManifest;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.store.BlobId;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.vmm.MachineSpec;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * What a sandbox is, from its creation on. A snapshot holds it too, so that a sandbox can be restored after it was deleted.
 *
 * @param sshUser where SSH is the only way into the guest, or a key was given
 * @param sshKey the private key for it; a path, never the key
 */
public record SandboxDefinition(
        SandboxName name,
        String id,
        ImageName image,
        ImageManifest.GuestOs os,
        Instant createdAt,
        MachineSpec machine,
        NetworkMode network,
        boolean agent,
        Optional<String> sshUser,
        Optional<Path> sshKey) {
    /** The same machine as a sandbox of its own, with another hardware address where its guest can be told. */
    public SandboxDefinition forkedAs(SandboxName newName) {
        return new SandboxDefinition(
                newName,
                newId(),
                image,
                os,
                Instant.now().truncatedTo(ChronoUnit.MILLIS),
                agent ? machine.withMac(machine.mac().map(_ -> MachineDesign.newMac())) : machine,
                network,
                agent,
                sshUser,
                sshKey);
    }

    SandboxDefinition withMachine(MachineSpec newMachine) {
        return new SandboxDefinition(name, id, image, os, createdAt, newMachine, network, agent, sshUser, sshKey);
    }

    static String newId() {
        return BlobId.random().value().substring(0, 12);
    }

    public Json toJson() {
        return Json.object()
                .put("name", name.value())
                .put("sandbox_id", id)
                .put("image", image.value())
                .put("os", JsonFields.name(os))
                .put("created_at", createdAt.toString())
                .put("machine", machine.toJson())
                .put("network", JsonFields.name(network))
                .put("agent", agent)
                .put("ssh_user", sshUser.orElse(null))
                .put("ssh_key", sshKey.map(Path::toString).orElse(null))
                .build();
    }

    public static SandboxDefinition fromJson(JsonFields json) {
        return new SandboxDefinition(
                new SandboxName(json.string("name")),
                json.string("sandbox_id"),
                new ImageName(json.string("image")),
                json.oneOf("os", ImageManifest.GuestOs.class),
                instant(json, "created_at"),
                MachineSpec.fromJson(json.object("machine")),
                json.oneOf("network", NetworkMode.class),
                json.bool("agent"),
                json.optionalString("ssh_user"),
                json.optionalFile("ssh_key"));
    }

    /** @throws JsonFormatException not a time in ISO 8601 */
    public static Instant instant(JsonFields json, String key) {
        try {
            return Instant.parse(json.string(key));
        } catch (DateTimeParseException e) {
            throw new JsonFormatException(json.where() + "." + key + " is not a time");
        }
    }
}

package dev.smolvm.template;

import dev.smolvm.image.ImageManifest;
import dev.smolvm.json.Json;
import dev.smolvm.sandbox.SandboxCreation;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.vmm.MachineSpec;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Which template serves a sandbox: one of the same image on the same machine, VMM and its version included. What each sandbox
 * has of its own is left out: its name, its hardware address, the size of its disk.
 */
final class TemplateKey {
    private static final int DIGITS = 16;
    private static final String ANY_MAC = "52:54:00:00:00:00";
    private static final String ANY_NAME = "template";

    private TemplateKey() {}

    /**
     * Whether such a sandbox can come from a template at all: not where a guest without our agent could not be made another
     * machine, nor where it has files of its user's, which a guest that runs already would not notice.
     */
    static boolean possible(SandboxRequest request, ImageManifest image) {
        return !request.cold()
                && image.control() instanceof ImageManifest.Control.Agent
                && request.drives().isEmpty()
                && request.mounts().isEmpty()
                && request.sshKey().isEmpty();
    }

    static SnapshotId of(SandboxCreation.Shape shape) {
        MachineSpec machine = shape.machine();
        String text = Json.object()
                .put("root", shape.image().root().toJson())
                .put(
                        "machine",
                        machine.withMac(machine.mac().map(_ -> ANY_MAC))
                                .withHostName(ANY_NAME)
                                .toJson())
                .build()
                .compact();
        return new SnapshotId("template-" + digest(text).substring(0, DIGITS));
    }

    private static String digest(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

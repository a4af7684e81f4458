package dev.smolvm.testing;

import dev.smolvm.sandbox.NetworkMode;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Makes what there is to tell about sandboxes that do not exist. */
public final class SandboxInfos {
    private SandboxInfos() {}

    public static SandboxInfo of(String name, SandboxStatus status, Optional<SnapshotId> parent) {
        return new SandboxInfo(
                new SandboxName(name),
                SnapshotInfos.SANDBOX_ID,
                status,
                new ImageName("tiny"),
                "qemu",
                "tcg",
                512,
                1,
                Samples.DISK_BYTES,
                NetworkMode.NAT,
                SnapshotInfos.START,
                OptionalLong.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                parent,
                1,
                List.of(),
                List.of(),
                List.of(),
                Path.of("/nonexistent/console.log"));
    }
}

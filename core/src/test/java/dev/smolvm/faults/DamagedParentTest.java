package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A sandbox whose parent snapshot is damaged can be saved all the same. */
class DamagedParentTest {
    private static final SandboxName BOX = new SandboxName("box");
    private static final SnapshotId SAVED = new SnapshotId("saved");

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"{", "{\"format\": 99}"})
    void every_type_is_saved_without_it(String manifest) throws Exception {
        try (LightLab lab = new LightLab(directory.resolve("store"))) {
            LightLab.Opened vm = lab.open(Duration.ofSeconds(20));
            vm.create(BOX);
            for (SnapshotType type : SnapshotType.values()) {
                vm.save(BOX, SAVED, SnapshotType.FULL);
                Files.writeString(lab.layout().snapshotManifest(SAVED), manifest);
                SnapshotId next = new SnapshotId("next-" + type.name().toLowerCase());
                vm.save(BOX, next, type);
                SnapshotInfo info = vm.snapshots().info(next);
                assertThat(info.parent()).isEmpty();
                assertThat(info.notes()).anyMatch(n -> n.contains("the parent saved cannot be read"));
                assertThat(vm.sandboxes().info(BOX).parent()).contains(next);
                vm.snapshots().delete(SAVED);
            }
        }
    }
}

package dev.smolvm.inspect;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.image.Images;
import dev.smolvm.sandbox.SandboxDefinition;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.Store;
import dev.smolvm.testing.Samples;
import dev.smolvm.vmm.MachineSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestSystemTest {
    @TempDir
    Path directory;

    private Store store;
    private Images images;

    @BeforeEach
    void open() {
        store = Store.open(directory.resolve("store"), Duration.ofMillis(50));
        images = new Images(store);
    }

    private static DiskFiles disk(SandboxDefinition owner, Optional<Blob> image) {
        return new DiskFiles(List.of(), Samples.DISK_BYTES, Path.of("/store/layers"), owner, image, Optional.empty());
    }

    private static DiskFiles imported() {
        return disk(
                Samples.definition(Samples.fromDisk(new MachineSpec.Boot.Uefi(), MachineSpec.GuestDrivers.VIRTIO)),
                Optional.of(Samples.blob(BlobKind.LAYER)));
    }

    private ImageManifest image(String name, ImageManifest.Control control) throws IOException {
        ImageManifest image = new ImageManifest(
                new ImageName(name),
                ImageManifest.GuestOs.LINUX,
                new ImageManifest.Boot.DirectKernel(
                        Samples.blob(BlobKind.KERNEL), Samples.blob(BlobKind.INITRD), "quiet smolvm.agent=off"),
                Samples.blob(BlobKind.LAYER),
                1 << 30,
                control,
                "test",
                Instant.parse("2026-01-02T03:04:05Z"));
        Files.createDirectory(store.layout().image(image.name()));
        Files.writeString(
                store.layout().imageManifest(image.name()), image.toJson().pretty());
        return image;
    }

    @Test
    void a_disk_that_grew_out_of_an_image_is_read_by_that_images_system() {
        Blob layer = Samples.blob(BlobKind.LAYER);
        DiskFiles disk = disk(Samples.definition(Samples.machine()), Optional.of(layer));
        GuestSystem system = GuestSystem.of(List.of(imported(), disk), images);
        assertThat(system.root()).isEqualTo(layer);
        assertThat(system.rootBytes()).isEqualTo(Samples.DISK_BYTES);
        // Nothing that the sandbox was told.
        assertThat(system.boot().commandLine()).isEqualTo("console=ttyS0");
    }

    @Test
    void other_disks_are_read_by_any_image_with_our_agent() throws IOException {
        image("a-ssh-only", new ImageManifest.Control.SshOnly("root"));
        Files.createDirectory(store.layout().image(new ImageName("b-broken")));
        Files.writeString(store.layout().imageManifest(new ImageName("b-broken")), "{");
        ImageManifest good = image("debian", new ImageManifest.Control.Agent());
        DiskFiles raw = disk(Samples.definition(Samples.machine()), Optional.empty());

        for (DiskFiles disk : List.of(imported(), raw)) {
            GuestSystem system = GuestSystem.of(List.of(disk), images);
            assertThat(system.root()).isEqualTo(good.root());
            assertThat(system.rootBytes()).isEqualTo(1 << 30);
            assertThat(system.boot().commandLine()).isEqualTo("quiet");
        }

        // Their own goes before another.
        ImageManifest own = image("tiny", new ImageManifest.Control.Agent());
        assertThat(GuestSystem.of(List.of(raw), images).root()).isEqualTo(own.root());
    }

    @Test
    void without_any_there_is_a_way_to_get_one() {
        assertThat(kindOf(() -> GuestSystem.of(List.of(imported()), images))).isEqualTo(ErrorKind.NOT_FOUND);
    }
}

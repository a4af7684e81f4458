package dev.smolvm.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Command;
import dev.smolvm.store.Checksum;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TinyImageIT {
    @TempDir
    Path dir;

    @Test
    void is_built_booted_and_built_again_without_a_download() throws Exception {
        Store store = Store.open(dir.resolve("store"), Duration.ofSeconds(1));
        Images images = new Images(store);
        Steps steps = new Steps();
        ImageManifest first =
                images.build(new ImageRequest.Tiny(new ImageName("tiny")), Images.IfExists.FAIL, steps, _ -> {});
        System.out.println("first build: " + steps);

        assertThat(images.list()).containsExactly(first);
        assertThat(images.inspect(new ImageName("tiny"))).isEqualTo(first);
        assertThat(first.control()).isEqualTo(new ImageManifest.Control.Agent());
        for (var blob : first.blobs()) {
            Path file = store.layout().blob(blob);
            assertThat(Files.size(file)).isEqualTo(blob.size());
            assertThat(Checksum.of(file)).isEqualTo(blob.checksum());
            System.out.println(blob.fileName() + " " + blob.size());
        }
        assertThat(store.layout().tmp()).isEmptyDirectory();
        Command.of(
                        "qemu-img",
                        "check",
                        "-f",
                        "qcow2",
                        store.layout().blob(first.root()).toString())
                .check();

        try (GuestBoot guest = GuestBoot.start(store, first, dir, "smolvm.hostname=tiny")) {
            System.out.println("boot: " + guest.await("ready", Duration.ofSeconds(60)));
            System.out.println(guest.log());
            assertThat(guest.log()).doesNotContain("cannot grow");
        }

        assertThatThrownBy(() -> images.build(
                        new ImageRequest.Tiny(new ImageName("tiny")), Images.IfExists.FAIL, Progress.NONE, _ -> {}))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT));
        steps = new Steps();
        ImageManifest second =
                images.build(new ImageRequest.Tiny(new ImageName("tiny")), Images.IfExists.REPLACE, steps, _ -> {});
        System.out.println("second build: " + steps);
        assertThat(steps.toString()).doesNotContain("download");
        assertThat(second.boot()).isEqualTo(first.boot());
        assertThat(second.root()).isNotEqualTo(first.root());

        images.remove(new ImageName("tiny"));
        assertThat(images.list()).isEmpty();
        assertThat(store.layout().tmp()).isEmptyDirectory();
    }
}

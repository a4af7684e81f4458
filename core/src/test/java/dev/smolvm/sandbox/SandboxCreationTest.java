package dev.smolvm.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.smolvm.Progress;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.image.Images;
import dev.smolvm.os.Programs;
import dev.smolvm.store.BlobCollector;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.Store;
import dev.smolvm.testing.Samples;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.Vmms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a script in Firecracker's place, and an image whose files are missing. */
class SandboxCreationTest {
    private static final ImageName IMAGE = new ImageName("tiny");

    @TempDir
    Path directory;

    @Test
    void the_user_is_told_before_the_boot_where_the_vmm_is_less_confined_than_it_could_be() throws IOException {
        Vmms vmms = vmms();
        List<String> told = create(vmms);
        assertThat(told).startsWith(vmms.firecracker().notices().toArray(new String[0]));
        if (Programs.isRoot()) {
            assertThat(told.getFirst()).contains("jailer");
        }
        assertThat(told.getLast()).isEqualTo("step: copy the image's disk");
    }

    /** What the progress was told until the creation failed. */
    private List<String> create(Vmms vmms) throws IOException {
        Store store = Store.open(directory.resolve("store"), Duration.ZERO);
        addImage(store);
        List<String> told = new ArrayList<>();
        Progress progress = new Progress() {
            @Override
            public void step(String what) {
                told.add("step: " + what);
            }

            @Override
            public void advance(long done, long total) {}

            @Override
            public void note(String text) {
                told.add(text);
            }
        };
        SandboxContext context = new SandboxContext(
                store, new SandboxRecords(store), vmms, new Images(store), null, new BlobCollector(store));
        catchThrowableOfType(
                SmolVmException.class, () -> new SandboxCreation(context).create(SandboxRequest.of(IMAGE), progress));
        assertThat(store.layout().sandboxes()).isEmptyDirectory();
        return told;
    }

    private Vmms vmms() throws IOException {
        Path firecracker = Files.writeString(
                directory.resolve("firecracker"),
                """
                #!/bin/sh
                case $1 in
                --version) echo 'Firecracker v1.16.1' ;;
                --snapshot-version) echo v10.0.0 ;;
                esac
                """);
        Files.setPosixFilePermissions(firecracker, PosixFilePermissions.fromString("rwxr-xr-x"));
        Supplier<Accelerator.Detected> detected = () -> new Accelerator.Detected(Accelerator.KVM, "a test says so");
        return new Vmms(
                Store.open(directory.resolve("store"), Duration.ZERO).layout(),
                Map.of("SMOLVM_FIRECRACKER", firecracker.toString(), "PATH", "/usr/bin:/bin"),
                detected);
    }

    private static void addImage(Store store) throws IOException {
        Files.createDirectory(store.layout().image(IMAGE));
        ImageManifest manifest = new ImageManifest(
                IMAGE,
                ImageManifest.GuestOs.LINUX,
                new ImageManifest.Boot.DirectKernel(
                        Samples.blob(BlobKind.KERNEL), Samples.blob(BlobKind.INITRD), "console=ttyS0"),
                Samples.blob(BlobKind.LAYER),
                Samples.DISK_BYTES,
                new ImageManifest.Control.Agent(),
                "test",
                Instant.EPOCH);
        Files.writeString(store.layout().imageManifest(IMAGE), manifest.toJson().pretty());
    }
}

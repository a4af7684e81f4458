package dev.smolvm.sandbox;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.disk.Qcow2Header;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobId;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.Store;
import dev.smolvm.testing.FakeVm;
import dev.smolvm.testing.Samples;
import dev.smolvm.vmm.DiskCopy;
import dev.smolvm.vmm.LayerFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskCopiesTest {
    @TempDir
    Path directory;

    private final FakeVm vm = new FakeVm();
    private Store store;
    private DiskCopies copies;
    private SandboxRecord record;

    @BeforeEach
    void make() throws IOException {
        store = Store.open(directory.resolve("store"), Duration.ofMillis(50));
        copies = new DiskCopies(store, new SandboxName("box"));
        Path file = Files.write(directory.resolve("drive.img"), new byte[1500]);
        SandboxRecord sample = Samples.record(BlobId.random());
        record = sample.withDisks(List.of(
                sample.root(),
                new DiskRecord.UserDrive("drive0", file, false, false),
                new DiskRecord.UserDrive("drive1", Path.of("/nowhere"), true, true)));
    }

    private List<DiskCopy> plan(LayerFormat format) {
        return copies.plan(record, vm, format, directory);
    }

    @Test
    void a_writable_drive_gets_an_empty_layer_of_the_size_that_the_guest_sees() throws IOException {
        vm.sizes.put("drive0", 4096L);
        List<DiskCopy> planned = plan(LayerFormat.QCOW2_CHAIN);
        assertThat(planned).singleElement().satisfies(c -> {
            assertThat(c.id()).isEqualTo("drive0");
            assertThat(c.bytes()).isEqualTo(4096);
            assertThat(Qcow2Header.read(c.to()).virtualBytes()).isEqualTo(4096);
        });
        Blob blob = copies.add(planned.getFirst());
        assertThat(blob.kind()).isEqualTo(BlobKind.LAYER);
        assertThat(store.layout().blob(blob)).exists();
        assertThat(planned.getFirst().to()).doesNotExist();
    }

    @Test
    void a_size_that_no_disk_can_have_is_not_taken_from_the_vmm() {
        for (long bytes : new long[] {0, -512, 100, 513, 16L << 40}) {
            vm.sizes.put("drive0", bytes);
            assertThat(kindOf(() -> plan(LayerFormat.QCOW2_CHAIN))).isEqualTo(ErrorKind.UNSUPPORTED);
        }
        vm.sizes.clear();
        assertThat(kindOf(() -> plan(LayerFormat.QCOW2_CHAIN))).isEqualTo(ErrorKind.UNSUPPORTED);
    }

    @Test
    void where_disks_are_raw_a_drive_is_copied_in_whole_sectors() {
        assertThat(plan(LayerFormat.RAW)).singleElement().satisfies(c -> {
            assertThat(c.bytes()).isEqualTo(1024);
            assertThat(c.from()).isEqualTo(directory.resolve("drive.img"));
            assertThat(c.to()).doesNotExist();
        });
    }
}

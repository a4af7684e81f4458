package dev.smolvm.upkeep;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.disk.Qcow2Overlay;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.os.Command;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.sandbox.SandboxRecords;
import dev.smolvm.snapshot.DiskOrigin;
import dev.smolvm.snapshot.SavedDisk;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLocks;
import dev.smolvm.testing.SampleStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompactionTest {
    private static final SandboxName WEB = new SandboxName("web");
    private static final SnapshotId LAST = new SnapshotId("last");

    @TempDir
    Path directory;

    private SampleStore sample;
    private SmolVm vm;
    private List<Blob> chain;
    private String content;

    @BeforeEach
    void fill() throws IOException {
        sample = new SampleStore(directory.resolve("store"));
        chain = List.of(
                layer("write -P 1 0 1M", "write -P 2 32M 1M"),
                layer("write -P 3 0 512k"),
                layer("write -P 4 256k 512k", "write -z 32M 64k"),
                layer("write -P 5 0 512k", "write -P 6 8M 4k"));
        sample.image("tiny", chain.getFirst());
        Blob[] layers = chain.toArray(Blob[]::new);
        sample.sandbox("web", layers);
        sample.snapshot("last", SnapshotType.DISK, null, layers);
        content = content(chain);
        vm = SmolVm.open(sample.layout().root(), Duration.ofMillis(50), Map.of());
    }

    private Blob layer(String... commands) throws IOException {
        return sample.blob(BlobKind.LAYER, file -> {
            Qcow2Overlay.create(file, SampleStore.DISK_BYTES, Qcow2Overlay.Sync.NO);
            for (String command : commands) {
                Command.of("qemu-io", "-f", "qcow2", "-c", command, file.toString())
                        .check();
            }
        });
    }

    /** What a guest would read. */
    private String content(List<Blob> layers) throws IOException {
        String backing = "null";
        for (Blob layer : layers) {
            backing = "{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\",\"filename\":\""
                    + sample.layout().blob(layer) + "\"},\"backing\":" + backing + "}";
        }
        Path raw = Files.createTempFile(directory, "raw", "");
        Command.of("qemu-img", "convert", "-O", "raw", "json:" + backing, raw.toString())
                .check();
        return dev.smolvm.store.Checksum.of(raw).value();
    }

    private SandboxRecord web() {
        return new SandboxRecords(sample.store()).load(WEB);
    }

    private List<Blob> ofWeb() {
        return web().chains().getFirst().sealed();
    }

    private List<Blob> ofLast() {
        return new SnapshotRecords(sample.store()).load(LAST).disks().getFirst().layers();
    }

    private CompactReport compact() {
        return vm.upkeep().compact(CompactRequest.everything(), Progress.NONE);
    }

    private void assertWhole() {
        assertThat(vm.upkeep()
                        .check(new CheckRequest(true, false), Progress.NONE)
                        .findings())
                .isEmpty();
    }

    @Test
    void layers_become_one_the_disk_stays_and_the_room_is_freed() throws IOException {
        CompactReport report = compact();
        assertThat(ofWeb()).hasSize(2).startsWith(chain.getFirst()).isEqualTo(ofLast());
        assertThat(content(ofWeb())).isEqualTo(content);
        assertThat(sample.layout().blob(chain.get(1))).doesNotExist();
        assertThat(report.skipped()).isEmpty();
        assertThat(report.changed())
                .extracting(c -> c.object() + " " + c.layersBefore() + " " + c.layersAfter())
                .containsExactly("sandbox web 4 2", "snapshot last 4 2");
        assertThat(report.freedBytes()).isGreaterThan(512 << 10);
        assertThat(report.changed().getFirst().bytesBefore()
                        - report.changed().getFirst().bytesAfter())
                .isEqualTo(report.freedBytes());
        assertWhole();
        assertThat(compact().changed()).isEmpty();
    }

    @Test
    void what_a_snapshot_ends_at_stays() throws IOException {
        sample.snapshot("middle", SnapshotType.DISK, null, chain.get(0), chain.get(1));
        compact();
        assertThat(ofWeb()).hasSize(3).startsWith(chain.get(0), chain.get(1));
        assertThat(content(ofWeb())).isEqualTo(content);
        assertWhole();
    }

    @Test
    void without_its_image_the_lowest_layer_goes_too() throws IOException {
        vm.images().remove(new dev.smolvm.store.ImageName("tiny"));
        compact();
        assertThat(ofWeb()).hasSize(1);
        assertThat(content(ofWeb())).isEqualTo(content);
        assertWhole();
    }

    @Test
    void every_disk_stays_what_it_was_and_where_it_came_from() throws IOException {
        Path outside = Files.writeString(directory.resolve("data.img"), "a drive");
        List<SavedDisk> disks = List.of(
                new SavedDisk("root", SampleStore.DISK_BYTES, chain, DiskOrigin.OWN),
                new SavedDisk("mount0", SampleStore.DISK_BYTES, disk(), new DiskOrigin.Mount("/work", directory)),
                new SavedDisk("drive0", SampleStore.DISK_BYTES, disk(), new DiskOrigin.Drive(outside)),
                new SavedDisk(
                        "drive1",
                        512,
                        List.of(),
                        new DiskOrigin.Outside(outside, false, 512, Instant.parse("2026-01-02T03:04:05Z"))));
        SnapshotRecords records = new SnapshotRecords(sample.store());
        sample.write(records.load(LAST).withDisks(disks));
        compact();
        List<SavedDisk> after = records.load(LAST).disks();
        assertThat(after.getFirst().layers()).hasSize(2);
        assertThat(after.get(1).layers()).as("a disk without an image").hasSize(1);
        assertThat(after)
                .extracting(SavedDisk::id, SavedDisk::bytes, SavedDisk::origin)
                .containsExactlyElementsOf(disks.stream()
                        .map(d -> tuple(d.id(), d.bytes(), d.origin()))
                        .toList());
    }

    private List<Blob> disk() throws IOException {
        return List.of(layer("write -P 1 0 64k"), layer("write -P 2 0 64k"));
    }

    @Test
    void a_sandbox_that_runs_is_left_alone() {
        new SandboxRecords(sample.store())
                .save(web().running(
                                4,
                                ProcessIdentity.of(ProcessHandle.current().pid())
                                        .orElseThrow()));
        CompactReport report = compact();
        assertThat(ofWeb()).isEqualTo(chain);
        assertThat(ofLast()).isEqualTo(chain);
        assertThat(report.skipped()).singleElement().satisfies(s -> {
            assertThat(s.object()).hasToString("sandbox web");
            assertThat(s.next()).isEqualTo("smolvm sandbox stop web");
        });
    }

    @Test
    void an_object_with_several_runs_is_named_once() throws IOException {
        Blob[] layers = {
            layer("write -P 1 0 64k"), layer("write -P 2 0 64k"), layer("write -P 3 0 64k"), layer("write -P 4 0 64k")
        };
        sample.sandbox("many", layers);
        sample.snapshot("middle", SnapshotType.DISK, null, layers[0], layers[1]);
        try (StoreLocks.Held held = sample.store().locks().sandbox(new SandboxName("many"))) {
            assertThat(compact().skipped())
                    .extracting(s -> s.object().toString())
                    .containsExactly("sandbox many");
        }
    }

    @Test
    void what_another_command_reads_or_changes_is_left_alone() {
        try (StoreLocks.Held held = sample.store().locks().snapshotShared(LAST)) {
            assertThat(compact().skipped())
                    .extracting(s -> s.object().toString())
                    .containsExactly("snapshot last");
        }
        try (StoreLocks.Held held = sample.store().locks().sandbox(WEB)) {
            assertThat(compact().skipped())
                    .extracting(s -> s.object().toString())
                    .containsExactly("sandbox web");
        }
        assertThat(ofWeb()).isEqualTo(chain).isEqualTo(ofLast());
        assertThat(compact().skipped()).isEmpty();
    }

    @Test
    void only_what_was_named_and_is_long_enough() throws IOException {
        Blob[] other = {chain.getFirst(), layer("write -P 1 0 64k"), layer("write -P 2 0 64k")};
        sample.sandbox("other", other);
        Upkeep upkeep = vm.upkeep();
        upkeep.compact(upkeep.chainsOf(List.of("last"), 4), Progress.NONE);
        assertThat(ofWeb()).hasSize(4);
        upkeep.compact(upkeep.chainsOf(List.of("last"), 3), Progress.NONE);
        assertThat(ofWeb()).hasSize(2);
        assertThat(sample.layout().blob(other[1])).exists();
        assertThat(kindOf(() -> upkeep.chainsOf(List.of("nothing"), 1))).isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(upkeep.chainsOf(List.of("snapshot:last"), 1).snapshots()).containsExactly(new SnapshotId("last"));
        assertThat(kindOf(() -> upkeep.chainsOf(List.of("sandbox:last"), 1))).isEqualTo(ErrorKind.NOT_FOUND);
    }

    @Test
    void a_layer_that_cannot_be_merged_is_named_and_left() throws IOException {
        Blob strange = sample.blob(BlobKind.LAYER, f -> Command.of(
                        "qemu-img", "create", "-q", "-f", "qcow2", "-o", "cluster_size=4k", "" + f, "64M")
                .check());
        sample.sandbox("strange", chain.getFirst(), layer(), strange);
        CompactReport report = compact();
        assertThat(report.skipped()).singleElement().satisfies(s -> assertThat(s.why())
                .contains("clusters of 4096 bytes"));
        assertThat(ofWeb()).as("the others are merged").hasSize(2);
        assertWhole();
    }

    /** In the content, in the size, and gone. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void a_damaged_layer_does_not_become_one_with_a_good_checksum(int damage) throws IOException {
        Path file = sample.layout().blob(chain.get(2));
        byte[] content = Files.readAllBytes(file);
        Files.delete(file);
        // The end lies in a cluster of the guest's data; a byte more changes nothing that a guest reads.
        if (damage == 0) {
            content[content.length - 1] ^= 1;
        }
        if (damage < 2) {
            Files.write(file, Arrays.copyOf(content, content.length + damage));
        }
        Blob[] others = {layer("write -P 1 0 64k"), layer("write -P 2 0 64k")};
        sample.snapshot("others", SnapshotType.DISK, null, others);
        CompactReport report = compact();
        assertThat(ofWeb()).isEqualTo(chain).isEqualTo(ofLast());
        assertThat(report.skipped()).singleElement().satisfies(s -> {
            assertThat(s.why()).contains(file.toString());
            assertThat(s.next()).isEqualTo("smolvm store check --data");
        });
        assertThat(report.changed())
                .as("the others are merged")
                .extracting(c -> c.object().toString())
                .containsExactly("snapshot others");
        assertThat(sample.layout().blob(others[0])).doesNotExist();
    }

    @Test
    void a_merge_that_nobody_can_use_leaves_no_layer() throws IOException {
        SnapshotId alone = new SnapshotId("alone");
        sample.snapshot("alone", SnapshotType.DISK, null, layer("write -P 1 0 64k"), layer("write -P 2 0 64k"));
        Path manifest = sample.layout().snapshotManifest(alone);
        Set<String> before = layers();
        CompactReport report = vm.upkeep().compact(vm.upkeep().chainsOf(List.of("alone"), 1), new Progress() {
            @Override
            public void step(String name) {}

            @Override
            public void advance(long done, long total) {
                // While the layers are read: what names the run is damaged, but can be read.
                try {
                    String text = Files.readString(manifest);
                    Files.writeString(manifest, text.replaceAll("(?<=pause_millis.{1,4})17", "18"));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
        assertThat(report.changed()).isEmpty();
        assertThat(report.skipped()).hasSize(1);
        assertThat(layers()).isEqualTo(before);
    }

    private Set<String> layers() throws IOException {
        try (Stream<Path> files = Files.list(sample.layout().layers())) {
            return files.map(f -> f.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    @Test
    void nothing_is_done_where_a_manifest_cannot_be_read() throws IOException {
        Files.writeString(sample.layout().snapshotManifest(LAST), "{");
        assertThat(kindOf(this::compact)).isEqualTo(ErrorKind.INTEGRITY);
        assertThat(ofWeb()).isEqualTo(chain);
    }

    /** A crash after the first of two manifests was replaced. */
    @Test
    void one_chain_with_the_run_and_one_with_the_merged_layer_are_the_same_disk() throws IOException {
        String before = Files.readString(sample.layout().snapshotManifest(LAST));
        byte[][] layers = new byte[chain.size()][];
        for (int i = 0; i < layers.length; i++) {
            layers[i] = Files.readAllBytes(sample.layout().blob(chain.get(i)));
        }
        compact();
        for (int i = 1; i < layers.length; i++) {
            Files.write(sample.layout().blob(chain.get(i)), layers[i]);
            dev.smolvm.store.DurableFiles.seal(sample.layout().blob(chain.get(i)));
        }
        Files.writeString(sample.layout().snapshotManifest(LAST), before);
        assertWhole();
        assertThat(content(ofLast())).isEqualTo(content(ofWeb()));
        compact();
        assertThat(ofLast()).hasSize(2);
        assertThat(content(ofLast())).isEqualTo(content);
        assertWhole();
    }
}

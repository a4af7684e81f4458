package dev.smolvm.sandbox;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobCollector;
import dev.smolvm.store.BlobId;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.Checksum;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.Store;
import dev.smolvm.testing.FakeVm;
import dev.smolvm.testing.Samples;
import dev.smolvm.vmm.AttachedDisk;
import dev.smolvm.vmm.LayerMove;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskChainsTest {
    private static final SandboxName BOX = new SandboxName("box");

    @TempDir
    Path directory;

    private final FakeVm vm = new FakeVm();
    private Store store;
    private SandboxRecords records;
    private DiskChains chains;
    private SandboxRecord record;

    @BeforeEach
    void make() throws IOException {
        store = Store.open(directory.resolve("store"), Duration.ofMillis(50));
        records = new SandboxRecords(store);
        DurableFiles.createDirectory(store.layout().sandbox(BOX));
        DurableFiles.createDirectory(store.layout().vm(BOX));
        chains = new DiskChains(store, BOX);
        record = new SandboxRecord(
                Samples.definition(Samples.machine()),
                List.of(
                        DiskRecord.Chain.of(
                                "root",
                                Samples.DISK_BYTES,
                                List.of(Samples.blob(BlobKind.LAYER)),
                                chains.newOverlay(Samples.DISK_BYTES)),
                        new DiskRecord.UserDrive("drive0", Path.of("/home/u/x"), true, false),
                        DiskRecord.Chain.of("mount0", 1 << 20, List.of(), chains.newOverlay(1 << 20))),
                1,
                Optional.empty(),
                OptionalInt.empty(),
                List.of(),
                Optional.empty(),
                Refresh.NONE);
        records.save(record);
        write(record);
    }

    @Test
    void growing_puts_an_empty_layer_on_every_chain_and_moves_from_the_old_top_to_it() {
        SandboxRecord grown = chains.grow(record);
        assertThat(grown.chains()).allSatisfy(c -> assertThat(c.open()).hasSize(2));
        assertThat(grown.disks().get(1)).isEqualTo(record.disks().get(1));
        List<LayerMove> moves = chains.moves(record, grown);
        assertThat(moves).hasSize(2);
        for (int i = 0; i < 2; i++) {
            assertThat(moves.get(i).top().id()).isEqualTo(record.chains().get(i).overlay());
            assertThat(moves.get(i).next().id()).isEqualTo(grown.chains().get(i).overlay());
            assertThat(moves.get(i).next().file()).exists();
        }
    }

    @Test
    void sealing_moves_every_layer_but_the_top_to_the_store() throws IOException {
        SandboxRecord grown = chains.grow(record);
        BlobId lower = root(record).overlay();
        SandboxRecord sealed = chains.seal(grown);
        assertThat(root(sealed).open()).containsExactly(root(grown).overlay());
        Blob blob = root(sealed).sealed().getLast();
        assertThat(blob.id()).isEqualTo(lower);
        Path file = store.layout().blob(blob);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("r--------");
        assertThat(blob.size()).isEqualTo(Files.size(file));
        assertThat(blob.checksum()).isEqualTo(Checksum.of(file));
        assertThat(store.layout().overlay(BOX, lower)).doesNotExist();
        assertThat(chains.seal(sealed)).isEqualTo(sealed);
    }

    @Test
    void a_sealing_that_died_after_the_move_is_finished() throws IOException {
        SandboxRecord grown = chains.grow(record);
        records.save(grown);
        chains.seal(grown);
        // Died before the record was saved: the record still calls the layer open, and it lies in the store already.
        new BlobCollector(store).collect();
        SandboxRecord again = chains.seal(records.load(BOX));
        assertThat(root(again).sealed()).hasSize(2);
        assertThat(store.layout().blob(root(again).sealed().getLast())).exists();
        records.save(again);
        records.tidy(again);
        for (AttachedDisk disk : chains.attached(again)) {
            if (disk instanceof AttachedDisk.Chain(var id, var layers)) {
                layers.subList(id.equals("root") ? 1 : 0, layers.size())
                        .forEach(l -> assertThat(l.file()).exists());
            }
        }
    }

    @Test
    void a_sealing_that_died_half_way_through_the_disks_is_finished() throws IOException {
        SandboxRecord grown = chains.grow(record);
        SandboxRecord rootOnly = grown.withDisks(List.of(grown.disks().getFirst()));
        chains.seal(rootOnly);
        SandboxRecord again = chains.seal(grown);
        assertThat(again.chains()).allSatisfy(c -> {
            assertThat(c.open()).hasSize(1);
            assertThat(store.layout().blob(c.sealed().getLast())).exists();
        });
    }

    @Test
    void a_layer_that_was_written_down_and_never_taken_into_use_is_dropped() {
        vm.switchLayers(chains.moves(record.withChains(List.of()), record), List.of());
        writesTo(record);
        SandboxRecord grown = chains.grow(record);
        assertThat(chains.agreeWith(vm, grown)).isEqualTo(record);
    }

    @Test
    void a_layer_that_was_taken_into_use_is_kept() {
        SandboxRecord grown = chains.grow(record);
        writesTo(grown);
        assertThat(chains.agreeWith(vm, grown)).isEqualTo(grown);
        assertThat(vm.finished).isEqualTo(chains.moves(record, grown));
    }

    /** An unknown answer must never cost the layer that has the data. */
    @Test
    void the_lowest_open_layer_is_kept_whatever_the_vm_says() {
        vm.active.clear();
        assertThat(chains.agreeWith(vm, record)).isEqualTo(record);
        vm.active.put("root", "something else");
        assertThat(chains.agreeWith(vm, record)).isEqualTo(record);
    }

    @Test
    void tidying_keeps_the_layers_of_the_record_and_removes_the_rest() throws IOException {
        SandboxRecord grown = chains.grow(record);
        Path target = Files.createDirectory(directory.resolve("target"));
        Files.writeString(target.resolve("file"), "mine");
        Path vmDirectory = store.layout().vm(BOX);
        Files.createDirectories(vmDirectory.resolve("run-1/deep"));
        Files.createDirectories(vmDirectory.resolve("run-2/deep"));
        Files.createDirectories(vmDirectory.resolve("capture"));
        Files.createSymbolicLink(vmDirectory.resolve("planted"), target);
        records.tidy(record);
        assertThat(vmDirectory.resolve("run-1/deep")).exists();
        assertThat(vmDirectory.resolve("run-2")).doesNotExist();
        assertThat(vmDirectory.resolve("capture")).doesNotExist();
        assertThat(Files.isSymbolicLink(vmDirectory.resolve("planted"))).isFalse();
        assertThat(target.resolve("file")).hasContent("mine");
        for (DiskRecord.Chain chain : record.chains()) {
            assertThat(store.layout().overlay(BOX, chain.overlay())).exists();
        }
        for (DiskRecord.Chain chain : grown.chains()) {
            assertThat(store.layout().overlay(BOX, chain.overlay())).doesNotExist();
        }
    }

    /** Only the VMM may write there; one that a guest broke into may put links in place of layers. */
    @Fault(Case.F24)
    @Test
    void a_link_in_place_of_a_layer_is_not_sealed_and_its_target_unchanged() throws IOException {
        Path target = directory.resolve("target");
        Files.writeString(target, "mine");
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-r--r--"));
        SandboxRecord grown = chains.grow(record);
        Path layer = store.layout().overlay(BOX, root(record).overlay());
        Files.delete(layer);
        Files.createSymbolicLink(layer, target);
        assertThatThrownBy(() -> chains.seal(grown)).hasMessageContaining("seal layer");
        assertThat(target).hasContent("mine");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo("rw-r--r--");
        assertThat(Files.exists(
                        store.layout().layers().resolve(layer.getFileName()), java.nio.file.LinkOption.NOFOLLOW_LINKS))
                .isFalse();
    }

    @Test
    void a_layer_that_is_missing_is_named() throws IOException {
        SandboxRecord grown = chains.grow(record);
        Path layer = store.layout().overlay(BOX, root(record).overlay());
        Files.delete(layer);
        assertThatThrownBy(() -> chains.seal(grown)).hasMessageContaining(layer.toString());
        assertThat(kindOf(() -> chains.newOverlay(1 << 20).toString().concat(String.valueOf(chains.seal(grown)))))
                .isEqualTo(ErrorKind.NOT_FOUND);
    }

    private void writesTo(SandboxRecord written) {
        for (DiskRecord.Chain chain : written.chains()) {
            vm.active.put(
                    chain.id(), vm.layerNode(chains.attached(chain).layers().getLast()));
        }
    }

    private void write(SandboxRecord written) throws IOException {
        for (DiskRecord.Chain chain : written.chains()) {
            Files.writeString(
                    store.layout().overlay(BOX, chain.overlay()),
                    "data of " + chain.id(),
                    java.nio.file.StandardOpenOption.APPEND);
        }
    }

    private static DiskRecord.Chain root(SandboxRecord record) {
        return record.chains().getFirst();
    }
}

package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.json.Json;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A snapshot that does not fit this host, or is not what was saved, is refused before a VMM is started. */
@ExtendWith(LabExtension.class)
@Tag("contract")
class ManifestIT {
    private final Lab lab;

    ManifestIT(Lab lab) {
        this.lab = lab;
    }

    @Fault(Case.F14)
    @Test
    void of_another_machine_is_incompatible_and_both_values_are_told() throws Exception {
        Box box = lab.fresh();
        SnapshotInfo saved = box.save();
        SavedManifest manifest = manifest(saved);
        String machine = "sandbox.machine.";
        var now = manifest.body().object("sandbox").object("machine");
        record Difference(String field, Json value, String there, String here) {}
        String otherAccelerator = now.string("accelerator").equals("tcg") ? "kvm" : "tcg";
        for (Difference difference : List.of(
                Lab.onQemu()
                        ? new Difference("vmm", Json.of("qemu 9.9.9"), "qemu 9.9.9", now.string("vmm"))
                        : new Difference(
                                "machine_type", Json.of("state-99.0.0"), "state-99.0.0", now.string("machine_type")),
                new Difference("machine_type", Json.of("state-0.9.0"), "state-0.9.0", now.string("machine_type")),
                new Difference("memory_mib", Json.of(256), "512 MiB", "256 MiB"),
                new Difference("cpu_model", Json.of("qemu64"), "qemu64", now.string("cpu_model")),
                new Difference("disks", Json.ofStrings(List.of("root", "more")), "[root]", "[root, more]"),
                new Difference(
                        "accelerator", Json.of(otherAccelerator), otherAccelerator, now.string("accelerator")))) {
            manifest.falsify(machine + difference.field(), difference.value());
            SmolVmException refused = assertRefused(box, saved.id(), ErrorKind.INCOMPATIBLE);
            assertThat(refused.kind().exitCode()).isEqualTo(6);
            assertThat(refused)
                    .hasMessageContaining(saved.id().value())
                    .hasMessageContaining(difference.there())
                    .hasMessageContaining(difference.here());
            assertThat(refused.advice()).isNotBlank();
        }
        manifest.putBack();
        box.restore(saved.id());
    }

    @Fault({Case.F08, Case.F15})
    @Test
    void that_is_not_what_was_written_is_never_acted_on() throws Exception {
        Box box = lab.fresh();
        SnapshotInfo saved = box.save();
        SavedManifest manifest = manifest(saved);
        String good = manifest.original();

        manifest.write(good.replaceFirst("\"format\" : 1", "\"format\" : 2"));
        SmolVmException unknown = assertRefused(box, saved.id(), ErrorKind.INCOMPATIBLE);
        assertThat(unknown).hasMessageContaining("2").hasMessageContaining("1");

        for (String bad : List.of(
                "",
                "{",
                "[]",
                "null",
                good + "{}",
                good.substring(0, good.length() / 2),
                good.replaceFirst("\"format\" : 1", "\"format\" : \"1\""),
                good.replaceFirst("\"format\" : 1", "\"format\" : 1, \"format\" : 1"),
                good.replaceFirst("\"format\" : 1", "\"format\" : 99999999999999999999"),
                good.replaceFirst("\"memory_mib\" : 512", "\"memory_mib\" : 513"),
                good.replaceFirst("\"checksum\" : \"[0-9a-f]{8}", "\"checksum\" : \"00000000"),
                "[".repeat(100_000))) {
            assertThat(bad).isNotEqualTo(good);
            manifest.write(bad);
            assertRefused(box, saved.id(), ErrorKind.INTEGRITY);
        }
        manifest.putBack();
        box.restore(saved.id());
    }

    @Fault(Case.F15)
    @Test
    void of_wrong_types_and_impossible_values_is_damaged_even_if_its_checksum_is_right() throws Exception {
        Box box = lab.fresh();
        SnapshotInfo saved = box.save();
        SavedManifest manifest = manifest(saved);
        record Wrong(String path, Json value) {}
        for (Wrong wrong : List.of(
                new Wrong("type", Json.of("partial")),
                new Wrong("type", Json.of("disk")),
                new Wrong("created_at", Json.of("yesterday")),
                new Wrong("notes", Json.of("none")),
                new Wrong("disks", Json.object().build()),
                new Wrong("disks", new Json.Arr(List.of())),
                new Wrong("memory", Json.NULL),
                new Wrong("memory.bytes", Json.of("512")),
                new Wrong("memory.file.file", Json.of("../../lab/memory")),
                new Wrong("memory.file.checksum", Json.of("abc")),
                new Wrong("sandbox.machine.memory_mib", Json.of(-1)),
                new Wrong("sandbox.machine.cpus", Json.of(1L << 40)),
                new Wrong("sandbox.machine.generation_id", Json.of(1)),
                new Wrong("sandbox.machine.accelerator", Json.of("warp")),
                new Wrong("sandbox.name", Json.of("../lab")),
                new Wrong("sandbox.image", Json.of("")),
                new Wrong("sandbox.ssh_key", Json.of("\u0000")),
                new Wrong("parent", Json.of("-x")),
                new Wrong("id", Json.of("other")))) {
            manifest.falsify(wrong.path(), wrong.value());
            assertRefused(box, saved.id(), ErrorKind.INTEGRITY);
        }
        manifest.putBack();
    }

    @Fault(Case.F15)
    @Test
    void that_is_huge_is_refused_at_once() throws Exception {
        Box box = lab.fresh();
        SnapshotInfo saved = box.save();
        try (RandomAccessFile file = new RandomAccessFile(path(saved).toFile(), "rw")) {
            file.setLength(1L << 30);
        }
        long start = System.nanoTime();

        assertRefused(box, saved.id(), ErrorKind.INTEGRITY);

        assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
    }

    @Fault(Case.F08)
    @Test
    void that_is_damaged_hides_no_other_snapshot_and_can_be_deleted() throws Exception {
        Box box = lab.fresh();
        SnapshotInfo good = box.save();
        SnapshotInfo bad = box.save();
        Files.writeString(path(bad), "{}");

        Failures.of(ErrorKind.INTEGRITY, () -> lab.vm().snapshots().info(bad.id()));
        assertThat(lab.vm().snapshots().list(Optional.empty()))
                .extracting(SnapshotInfo::id)
                .contains(good.id())
                .doesNotContain(bad.id());
        lab.vm().snapshots().delete(bad.id());
        Failures.of(ErrorKind.NOT_FOUND, () -> lab.vm().snapshots().info(bad.id()));
        box.restore(good.id());
    }

    @Fault(Case.F09)
    @Test
    void files_that_are_missing_or_cut_off_are_found_before_a_start() throws Exception {
        Box box = lab.fresh();
        SnapshotInfo saved = box.save();
        for (Path file :
                List.of(saved.memoryPath().orElseThrow(), saved.statePath().orElseThrow(), saved.diskPath())) {
            Path aside = file.resolveSibling("aside");
            Files.move(file, aside);
            assertThat(assertRefused(box, saved.id(), ErrorKind.INTEGRITY))
                    .hasMessageContaining(file.getFileName().toString());
            for (long cut : new long[] {0, Files.size(aside) / 2, Files.size(aside) - 1000, Files.size(aside) - 1}) {
                try (RandomAccessFile shorter = new RandomAccessFile(file.toFile(), "rw")) {
                    shorter.setLength(cut);
                }
                assertRefused(box, saved.id(), ErrorKind.INTEGRITY);
            }
            Files.delete(file);
            Files.move(aside, file);
        }
        box.restore(saved.id());
    }

    /** The sandbox runs on in the same VMM, and no other was started. */
    private SmolVmException assertRefused(Box box, SnapshotId id, ErrorKind kind) throws IOException {
        ProcessIdentity before = box.vmm();
        List<Path> files = vmFiles(box);
        SmolVmException refused = Failures.of(
                kind, () -> lab.vm().snapshots().restore(new RestoreRequest(id, true, true), Progress.NONE));
        assertThat(box.vmm()).isEqualTo(before);
        assertThat(vmFiles(box)).containsExactlyInAnyOrderElementsOf(files);
        return refused;
    }

    private List<Path> vmFiles(Box box) throws IOException {
        try (Stream<Path> files = Files.list(lab.vm().store().layout().vm(box.name()))) {
            return files.toList();
        }
    }

    private SavedManifest manifest(SnapshotInfo saved) throws IOException {
        return new SavedManifest(path(saved));
    }

    private Path path(SnapshotInfo saved) {
        return lab.vm().store().layout().snapshotManifest(saved.id());
    }
}

package dev.smolvm.vmm.firecracker;

import static dev.smolvm.testing.Failures.kindOf;
import static dev.smolvm.vmm.firecracker.FakeLab.BOX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.JsonFields;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.ProcessesIn;
import dev.smolvm.os.SparseFile;
import dev.smolvm.sandbox.AcceleratorChoice;
import dev.smolvm.sandbox.BackendChoice;
import dev.smolvm.sandbox.DriveRequest;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.vmm.firecracker.fake.FakeProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Snapshots and restores, from the library's way in to a Firecracker process; the process is the fake. */
class FirecrackerSnapshotTest {
    private static final long MEMORY = (long) FakeLab.MEMORY_MIB << 20;
    /** The fake guest leaves these pages alone. */
    private static final long FREE = 0x1000000;

    @TempDir
    static Path programs;

    @TempDir
    Path directory;

    private FakeLab lab;

    @BeforeAll
    static void install() throws IOException {
        for (String version : List.of("1.12.1", "1.16.1")) {
            FakeProgram.installWhole(programs.resolve(version), version);
        }
    }

    @BeforeEach
    void boot() throws IOException {
        lab = new FakeLab(directory.resolve("store"), programs.resolve("1.16.1")).boot();
    }

    @AfterEach
    void end() throws IOException {
        lab.close();
    }

    @Test
    void a_full_one_is_written_while_the_guest_stands_still() throws Exception {
        SnapshotInfo info = lab.save("full", SnapshotType.FULL);
        assertThat(info.backend()).isEqualTo("firecracker");
        assertThat(lab.status()).isEqualTo(SandboxStatus.RUNNING);
        assertThat(lab.deeds())
                .containsSubsequence("PATCH /vm Paused", "PUT /snapshot/create Full", "PATCH /vm Resumed");
        JsonFields request = lab.last("PUT /snapshot/create Full");
        assertThat(request.string("mem_file_path")).isEqualTo("capture/memory");
        assertThat(request.string("snapshot_path")).isEqualTo("capture/device.state");
        assertThat(lab.memory("full")).hasSize(MEMORY);
        assertThat(SparseFile.allocated(lab.memory("full"))).isLessThan(MEMORY / 8);
        assertThat(lab.run().resolve("capture")).doesNotExist();
    }

    @Test
    void the_source_can_be_left_paused() throws Exception {
        lab.vm()
                .snapshots()
                .create(
                        new SnapshotRequest(
                                BOX, Optional.empty(), SnapshotType.FULL, false, false, FlushPolicy.REQUIRED),
                        Progress.NONE);
        assertThat(lab.status()).isEqualTo(SandboxStatus.PAUSED);
        assertThat(lab.deeds()).doesNotContain("PATCH /vm Resumed");
    }

    @Test
    void the_guest_trims_its_memory_before_it_is_paused_and_is_told_what_it_never_touched() throws Exception {
        SnapshotInfo saved =
                lab.vm().snapshots().create(SnapshotRequest.full(BOX).trimmingMemory(), Progress.NONE);
        assertThat(lab.deeds()).containsSubsequence("agent trim", "PATCH /vm Paused", "PUT /snapshot/create Full");
        assertThat(lab.last("agent trim").integer("untouched")).isBetween(0L, MEMORY);
        assertThat(saved.notes())
                .containsExactly("the guest gave up 1 MiB of caches, and cleared 2 MiB of free memory");
    }

    @Test
    void a_restore_brings_back_memory_and_disk_in_a_new_process() throws Exception {
        lab.sh("write /kept yes; sync; write /cached yes; poke " + FREE + " 7");
        long counted = lab.number("counter");
        lab.save("full", SnapshotType.FULL);
        lab.sh("write /kept no; rm /cached; sync; poke " + FREE + " 8");
        ProcessIdentity before = lab.vmm();

        lab.restore("full");
        assertThat(before.alive()).isFalse();
        assertThat(lab.status()).isEqualTo(SandboxStatus.RUNNING);
        assertThat(lab.number("counter")).isBetween(counted, counted + 5_000);
        assertThat(lab.number("peek " + FREE)).isEqualTo(7);
        assertThat(lab.sh("cat /kept; cat /cached")).isEqualTo("yesyes");
        assertThat(lab.deeds()).startsWith("PUT /snapshot/load", "PATCH /vm Resumed", "agent rejuvenate");
        JsonFields load = lab.last("PUT /snapshot/load");
        assertThat(load.object("mem_backend").string("backend_type")).isEqualTo("File");
        assertThat(load.bool("resume_vm")).isFalse();

        lab.sh("sync");
        lab.vmm().kill();
        lab.vm().sandboxes().start(BOX, java.time.Duration.ofSeconds(20), Progress.NONE);
        assertThat(lab.sh("cat /kept; cat /cached")).isEqualTo("yesyes");
    }

    @Test
    void a_drive_is_saved_with_it_and_becomes_the_sandboxs_own() throws Exception {
        lab.vm().sandboxes().delete(BOX, true);
        Path file = directory.resolve("drive.img");
        byte[] saved = "as it was saved".repeat(100).getBytes(java.nio.charset.StandardCharsets.UTF_8);
        Files.write(file, saved);
        lab.vm()
                .sandboxes()
                .create(
                        FakeLab.request(
                                FakeLab.IMAGE,
                                BackendChoice.FIRECRACKER,
                                AcceleratorChoice.AUTO,
                                List.of(new DriveRequest(file, false))),
                        Progress.NONE);
        lab.save("full", SnapshotType.FULL);
        Files.writeString(file, "as it was written later");

        lab.restore("full");
        assertThat(lab.run().resolve("disk-drive0").toRealPath())
                .startsWith(lab.vm().store().layout().vm(BOX))
                .hasBinaryContent(saved);
        assertThat(file).hasContent("as it was written later");
        // It is the store's now, as the root disk is.
        lab.save("again", SnapshotType.FULL);
        lab.restore("again");
        assertThat(lab.run().resolve("disk-drive0").toRealPath()).hasBinaryContent(saved);
    }

    @Test
    void a_deleted_sandbox_comes_back() throws Exception {
        lab.sh("write /kept yes; poke " + FREE + " 7");
        lab.save("full", SnapshotType.FULL);
        lab.vm().sandboxes().delete(BOX, true);
        lab.restore("full");
        assertThat(lab.sh("cat /kept; peek " + FREE)).isEqualTo("yes7");
        // Once more from the same files: neither the memory nor the disk was written to.
        lab.sh("rm /kept; sync; poke " + FREE + " 8");
        lab.restore("full");
        assertThat(lab.sh("cat /kept; peek " + FREE)).isEqualTo("yes7");
    }

    @Test
    void a_diff_is_what_was_written_since_the_one_before() throws Exception {
        poke(1);
        lab.save("full", SnapshotType.FULL);
        lab.save("first", SnapshotType.DIFF);
        poke(2);
        lab.sh("write /second yes");
        lab.save("second", SnapshotType.DIFF);
        poke(3);
        savePaused("third", SnapshotType.DIFF);
        assertThat(lab.captures()).containsExactly("Full", "Diff", "Diff", "Diff");
        for (String diff : List.of("first", "second", "third")) {
            assertThat(Files.size(lab.memory(diff))).isLessThan(1 << 20);
        }
        // The guest stands still: this is the memory that the last diff is of.
        savePaused("reference", SnapshotType.FULL);

        for (String[] link : new String[][] {{"full", "1"}, {"first", "1"}, {"second", "2"}, {"third", "3"}}) {
            lab.restore(link[0]);
            assertPoked(Integer.parseInt(link[1]));
            assertThat(lab.sh("ls")).isEqualTo(Integer.parseInt(link[1]) > 1 ? "/second" : "");
        }
        assertSameMemory("third", "reference");
    }

    @Test
    void a_restored_one_is_saved_as_changes_to_what_it_came_from() throws Exception {
        poke(1);
        lab.save("full", SnapshotType.FULL);
        poke(2);
        lab.save("first", SnapshotType.DIFF);
        lab.restore("first");
        lab.sh("poke " + FREE + " 9");
        savePaused("branch", SnapshotType.DIFF);
        assertThat(lab.captures()).containsExactly("Diff");
        savePaused("reference", SnapshotType.FULL);
        assertSameMemory("branch", "reference");
    }

    /** Why a capture's result is not what the next one can count from. */
    private enum Loss {
        REFUSED,
        UNPUBLISHED,
        FORGOTTEN
    }

    @ParameterizedTest
    @EnumSource
    void a_diff_after_a_lost_capture_compares_all_memory(Loss loss) throws Exception {
        poke(1);
        lab.save("full", SnapshotType.FULL);
        poke(2);
        switch (loss) {
            case REFUSED -> {
                Path memory = lab.vm().store().layout().capture(BOX).resolve("memory");
                SmolVmException refused = catchThrowableOfType(
                        SmolVmException.class,
                        () -> lab.save(
                                "lost", SnapshotType.DIFF, at("save memory", () -> Files.createDirectory(memory))));
                assertThat(refused).hasMessageContaining("Is a directory");
            }
            case UNPUBLISHED ->
                assertThat(catchThrowableOfType(
                                IllegalStateException.class,
                                () -> lab.save("lost", SnapshotType.DIFF, at("publish", () -> {
                                    throw new IllegalStateException("lost");
                                }))))
                        .isNotNull();
            case FORGOTTEN -> Files.delete(lab.run().resolve(RunFiles.MARK));
        }
        assertThat(lab.status()).isEqualTo(SandboxStatus.RUNNING);
        assertThat(lab.vm().store().layout().capture(BOX)).doesNotExist();
        lab.sh("poke " + FREE + " 9");
        savePaused("next", SnapshotType.DIFF);
        assertThat(lab.captures()).endsWith("Full");
        assertThat(Files.size(lab.memory("next"))).isLessThan(1 << 20);
        savePaused("reference", SnapshotType.FULL);
        assertSameMemory("next", "reference");
    }

    /** The name of a snapshot may become that of another. */
    @Test
    void a_diff_does_not_count_from_another_snapshot_of_the_same_name() throws Exception {
        poke(1);
        lab.save("name", SnapshotType.FULL);
        lab.vm().snapshots().delete(new SnapshotId("name"));
        SandboxName other = new SandboxName("other");
        lab.vm().sandboxes().create(FakeLab.request().named(other.value()), Progress.NONE);
        lab.vm()
                .snapshots()
                .create(
                        new SnapshotRequest(
                                other,
                                Optional.of(new SnapshotId("name")),
                                SnapshotType.FULL,
                                true,
                                false,
                                FlushPolicy.REQUIRED),
                        Progress.NONE);
        lab.save("diff", SnapshotType.DIFF);
        lab.restore("diff");
        assertPoked(1);
    }

    @Test
    void a_disk_alone_cannot_be_saved() {
        SmolVmException refused =
                catchThrowableOfType(SmolVmException.class, () -> lab.save("disk", SnapshotType.DISK));
        assertThat(refused.kind()).isEqualTo(ErrorKind.UNSUPPORTED);
        assertThat(refused.kind().exitCode()).isEqualTo(11);
        assertThat(refused.advice()).contains("full", "diff");
        assertThat(lab.sh("echo works")).isEqualTo("works");
        assertThat(lab.vm().snapshots().list(Optional.empty())).isEmpty();
    }

    @Test
    void a_vmm_that_dies_while_it_saves_leaves_no_snapshot() throws Exception {
        lab.sh("write /kept yes; sync");
        lab.save("before", SnapshotType.FULL);
        ProcessIdentity vmm = lab.vmm();
        Path memory = lab.vm().store().layout().capture(BOX).resolve("memory");
        CompletableFuture<Void> killed = CompletableFuture.runAsync(() -> {
            while (!Files.exists(memory) && vmm.alive()) {
                Thread.onSpinWait();
            }
            vmm.kill();
        });
        assertThat(kindOf(() -> lab.save("lost", SnapshotType.FULL))).isEqualTo(ErrorKind.VM_DIED);
        killed.get(10, TimeUnit.SECONDS);
        assertThat(lab.status()).isEqualTo(SandboxStatus.CRASHED);
        assertThat(memory.getParent()).doesNotExist();
        assertThat(lab.vm().snapshots().list(Optional.empty()))
                .extracting(SnapshotInfo::id)
                .containsExactly(new SnapshotId("before"));
        lab.restore("before");
        assertThat(lab.sh("cat /kept")).isEqualTo("yes");
    }

    @Test
    void after_a_boot_by_another_version_snapshots_are_that_versions() throws Exception {
        lab.vm().sandboxes().stop(BOX, true);
        FakeLab other = lab.with(programs.resolve("1.12.1"));
        other.vm().sandboxes().start(BOX, SandboxRequest.DEFAULT_BOOT_TIMEOUT, Progress.NONE);
        other.save("full", SnapshotType.FULL);
        other.restore("full");
        assertThat(other.status()).isEqualTo(SandboxStatus.RUNNING);
    }

    @Test
    void a_state_of_another_format_is_refused_before_anything_starts() throws Exception {
        lab.save("full", SnapshotType.FULL);
        lab.vm().sandboxes().delete(BOX, true);
        FakeLab other = lab.with(programs.resolve("1.12.1"));
        SmolVmException refused = catchThrowableOfType(SmolVmException.class, () -> other.restore("full"));
        assertThat(refused.kind()).isEqualTo(ErrorKind.INCOMPATIBLE);
        assertThat(refused).hasMessageContainingAll("10.0.0", "6.0.0");
        assertThat(other.vm().store().layout().sandboxes()).isEmptyDirectory();
        assertThat(ProcessesIn.directory(directory)).isEmpty();
    }

    @Test
    void a_damaged_state_is_an_integrity_failure_and_leaves_the_sandbox_as_it_was() throws Exception {
        lab.save("full", SnapshotType.FULL);
        Path memory = lab.memory("full");
        memory.toFile().setWritable(true);
        Files.write(memory, new byte[4096]);
        assertThat(kindOf(() -> lab.restore("full"))).isEqualTo(ErrorKind.INTEGRITY);
        assertThat(lab.status()).isEqualTo(SandboxStatus.RUNNING);
        assertThat(lab.sh("echo works")).isEqualTo("works");
    }

    private void savePaused(String id, SnapshotType type) {
        if (lab.status() == SandboxStatus.RUNNING) {
            lab.vm().sandboxes().pause(BOX);
        }
        lab.save(id, type);
    }

    /** Restores one, without letting it run, and compares what it would go on with. */
    private void assertSameMemory(String one, String full) throws IOException {
        lab.vm().snapshots().restore(new RestoreRequest(new SnapshotId(one), false, true), Progress.NONE);
        lab.save(one + "-again", SnapshotType.FULL);
        assertThat(Files.mismatch(lab.memory(one + "-again"), lab.memory(full))).isEqualTo(-1);
    }

    /** Pages at the ends of memory and of the parts in which it is read, some of which become zero again. */
    private void poke(int round) {
        StringBuilder script = new StringBuilder("true");
        for (int i = 0; i < ADDRESSES.length; i++) {
            script.append("; poke ").append(ADDRESSES[i]).append(' ').append(value(i, round));
        }
        lab.sh(script.toString());
    }

    private void assertPoked(int round) {
        StringBuilder script = new StringBuilder("true");
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < ADDRESSES.length; i++) {
            script.append("; peek ").append(ADDRESSES[i]);
            expected.append(value(i, round)).append('\n');
        }
        assertThat(lab.sh(script.toString())).isEqualTo(expected.toString().strip());
    }

    private static final long[] ADDRESSES = {
        FREE,
        FREE + 4096,
        FREE + 3 * 4096,
        2 * FREE - 8,
        2 * FREE,
        3 * FREE + 255 * 4096,
        MEMORY - 2 * 4096,
        MEMORY - 8192 - 8
    };

    /** Every third page is zero in turn. */
    private static long value(int index, int round) {
        return (index + round) % 3 == 0 ? 0 : 1_000L * round + index;
    }

    private interface Action {
        void run() throws IOException;
    }

    private static Progress at(String step, Action action) {
        return new Progress() {
            @Override
            public void step(String what) {
                if (what.equals(step)) {
                    try {
                        action.run();
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                }
            }

            @Override
            public void advance(long done, long total) {}
        };
    }
}

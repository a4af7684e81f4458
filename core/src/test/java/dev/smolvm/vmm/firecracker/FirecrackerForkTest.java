package dev.smolvm.vmm.firecracker;

import static dev.smolvm.testing.Failures.kindOf;
import static dev.smolvm.vmm.firecracker.FakeLab.BOX;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.fork.ForkRequest;
import dev.smolvm.fork.ForkResult;
import dev.smolvm.fork.ForkedCopy;
import dev.smolvm.fork.Forks;
import dev.smolvm.guest.GuestVariables;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.os.ProcessesIn;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.vmm.firecracker.fake.FakeProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Forks, from the library's way in to Firecracker processes; those are the fake, whose agent refuses a copy when told to. */
class FirecrackerForkTest {
    @TempDir
    static Path programs;

    @TempDir
    Path directory;

    private FakeLab lab;

    @BeforeAll
    static void install() throws IOException {
        FakeProgram.installWhole(programs.resolve("1.16.1"), "1.16.1");
    }

    @BeforeEach
    void boot() throws IOException {
        lab = new FakeLab(directory.resolve("store"), programs.resolve("1.16.1")).boot();
    }

    @AfterEach
    void end() throws IOException {
        lab.close();
    }

    private static ForkRequest request(int count, String names, Map<String, String> variables) {
        return new ForkRequest(
                BOX,
                count,
                OptionalInt.empty(),
                Optional.ofNullable(names),
                new GuestVariables(variables),
                Optional.of(new SnapshotId("origin")));
    }

    private ForkResult fork(ForkRequest request) {
        return lab.vm().forks().fork(request, Progress.NONE);
    }

    private List<String> names() {
        return lab.vm().sandboxes().list().stream().map(s -> s.name().value()).toList();
    }

    /** What the agent of a copy was told, as the fake wrote it down. */
    private String calls(String name) throws IOException {
        return Files.readString(
                lab.vm().store().layout().run(new SandboxName(name), 1).resolve("calls.jsonl"));
    }

    @Test
    void each_is_told_its_index_and_variables_and_the_source_goes_on() throws Exception {
        ProcessIdentity before = lab.vmm();
        ForkResult result = fork(request(3, "try-{}", Map.of("TOKEN", "t")));

        assertThat(result.failure()).isEmpty();
        assertThat(result.snapshot().map(SnapshotInfo::id)).contains(new SnapshotId("origin"));
        assertThat(names()).containsExactly("box", "try-1", "try-2", "try-3");
        for (int index = 1; index <= 3; index++) {
            SandboxInfo copy = ((ForkedCopy.Up) result.copies().get(index - 1)).sandbox();
            assertThat(copy.status()).isEqualTo(SandboxStatus.RUNNING);
            assertThat(copy.parent()).contains(new SnapshotId("origin"));
            assertThat(calls("try-" + index))
                    .contains("\"hostname\":\"try-" + index + "\"", Forks.INDEX + "=" + index, "TOKEN=t");
        }
        assertThat(lab.status()).isEqualTo(SandboxStatus.RUNNING);
        assertThat(lab.vmm()).isEqualTo(before);
    }

    /** A template is booted and saved, and what is made of it is a fork. */
    @Test
    void of_a_template_with_a_larger_disk() throws Exception {
        for (int i = 1; i <= 2; i++) {
            SandboxRequest like = FakeLab.request();
            lab.vm()
                    .sandboxes()
                    .create(
                            new SandboxRequest(
                                    Optional.of(new SandboxName("made-" + i)),
                                    like.image(),
                                    like.memoryMib(),
                                    like.cpus(),
                                    OptionalLong.of(16 << 20),
                                    like.backend(),
                                    like.accelerator(),
                                    like.network(),
                                    like.drives(),
                                    like.mounts(),
                                    like.bootTimeout(),
                                    like.sshKey()),
                            Progress.NONE);
            String calls = calls("made-" + i);
            assertThat(calls).contains("\"hostname\":\"made-" + i + "\"").doesNotContain("InstanceStart");
            // Firecracker looks at the size of the file again, and tells the guest.
            assertThat(calls.indexOf("\"Resumed\"")).isLessThan(calls.lastIndexOf("/drives/root"));
        }
        assertThat(names()).containsExactly("box", "made-1", "made-2");
        try (var templates =
                Files.list(lab.vm().store().layout().templates(FakeLab.request().image()))) {
            assertThat(templates).hasSize(1);
        }
    }

    @Test
    void one_that_fails_is_gone_and_the_others_are_up() throws Exception {
        ForkResult result = fork(request(3, "try-{}", Map.of("FAKE_REFUSES", "2")));

        assertThat(names()).containsExactly("box", "try-1", "try-3");
        assertThat(result.copies().get(1)).isInstanceOf(ForkedCopy.Failed.class);
        assertThat(result.failure().orElseThrow().kind()).isEqualTo(ErrorKind.INTEGRITY);
        assertThat(result.failure().orElseThrow())
                .hasMessageContaining("1 of 3")
                .hasMessageContaining("try-2");
        assertThat(result.snapshot()).isPresent();
        Path gone = lab.vm().store().layout().sandbox(new SandboxName("try-2"));
        assertThat(gone).doesNotExist();
        int ofOne =
                ProcessesIn.directory(lab.vm().store().layout().sandbox(BOX)).size();
        assertThat(ProcessesIn.directory(directory)).hasSize(3 * ofOne);
        // The name is free, and the index that of this fork.
        assertThat(lab.vm()
                        .snapshots()
                        .forkSource(new SnapshotId("origin"))
                        .fork(new SandboxName("try-2"), GuestVariables.NONE)
                        .status())
                .isEqualTo(SandboxStatus.RUNNING);
    }

    @Test
    void where_none_comes_up_the_snapshot_goes_too() {
        ForkResult result = fork(request(1, null, Map.of("FAKE_REFUSES", "1")));
        assertThat(result.failure()).isPresent();
        assertThat(result.snapshot()).isEmpty();
        assertThat(lab.vm().snapshots().list(Optional.empty())).isEmpty();
        assertThat(names()).containsExactly("box");
        assertThat(lab.status()).isEqualTo(SandboxStatus.RUNNING);
    }

    @Test
    void what_is_wrong_with_the_request_is_said_before_anything_is_touched() throws Exception {
        assertThat(kindOf(() -> fork(request(1, "box", Map.of())))).isEqualTo(ErrorKind.CONFLICT);
        assertThat(kindOf(() -> fork(request(2, "same", Map.of())))).isEqualTo(ErrorKind.USAGE);
        assertThat(kindOf(() -> fork(request(0, null, Map.of())))).isEqualTo(ErrorKind.USAGE);
        assertThat(kindOf(() -> fork(request(1, null, Map.of(Forks.INDEX, "7")))))
                .isEqualTo(ErrorKind.USAGE);
        assertThat(kindOf(() -> fork(ForkRequest.of(new SandboxName("nobody"), 1))))
                .isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(lab.captures()).isEmpty();
    }

    @Test
    void without_an_id_the_snapshot_is_named_after_the_source_and_the_time() {
        ForkResult first = fork(ForkRequest.of(BOX, 1));
        ForkResult second = fork(ForkRequest.of(BOX, 1));
        assertThat(first.snapshot().orElseThrow().id().value()).matches("fork-box-\\d{8}-\\d{6}(-\\d+)?");
        assertThat(second.snapshot()).isNotEqualTo(first.snapshot());
        assertThat(names()).containsExactly("box", "box-fork-1", "box-fork-2");
        assertThat(second.copies().getFirst().index()).isEqualTo(1);
    }
}

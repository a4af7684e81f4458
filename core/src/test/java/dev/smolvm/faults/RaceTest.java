package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every two operations that meet, begun at the same moment again and again. {@code ConcurrencyIT} lets processes do it. */
@Fault(Case.F12)
class RaceTest {
    private static final int ROUNDS = Form.of(25, 1000);
    private static final SandboxName BOX = new SandboxName("box");
    private static final SandboxName OTHER = new SandboxName("other");
    private static final SnapshotId SAVED = new SnapshotId("saved");
    private static final SnapshotId NEXT = new SnapshotId("next");
    private static final Set<ErrorKind> BUSY = Set.of(ErrorKind.CONFLICT);
    private static final Set<ErrorKind> BUSY_OR_GONE = Set.of(ErrorKind.CONFLICT, ErrorKind.NOT_FOUND);

    private final Random random = Form.random();
    private LightLab lab;
    private ExecutorService threads;

    @BeforeEach
    void open() throws Exception {
        // In memory where there is such a place: a round syncs a few dozen times.
        Path memory = Path.of("/dev/shm");
        Path parent = Files.isWritable(memory) ? memory : Path.of(System.getProperty("java.io.tmpdir"));
        lab = new LightLab(Files.createTempDirectory(parent, "smolvm-races").resolve("store"));
        threads = Executors.newCachedThreadPool();
    }

    @AfterEach
    void close() throws Exception {
        threads.shutdownNow();
        lab.close();
        Files.delete(lab.layout().root().getParent());
    }

    private interface Contender {
        void run(LightLab.Opened vm) throws Exception;
    }

    /** What became of each; empty: it was done. */
    private List<Optional<ErrorKind>> race(Contender... contenders) throws Exception {
        CyclicBarrier start = new CyclicBarrier(contenders.length);
        List<Future<Optional<ErrorKind>>> ends = new ArrayList<>();
        for (Contender contender : contenders) {
            // Some wait for their turn, some do not; and none is always the first.
            Duration patience = random.nextBoolean() ? Duration.ZERO : Duration.ofSeconds(20);
            long delay = random.nextInt(2_000_000);
            ends.add(threads.submit(() -> {
                LightLab.Opened vm = lab.open(patience);
                start.await();
                Thread.sleep(Duration.ofNanos(delay));
                try {
                    contender.run(vm);
                    return Optional.empty();
                } catch (SmolVmException e) {
                    if (e.kind() == ErrorKind.UNEXPECTED || e.kind() == ErrorKind.INTEGRITY) {
                        throw e;
                    }
                    return Optional.of(e.kind());
                }
            }));
        }
        List<Optional<ErrorKind>> kinds = new ArrayList<>();
        for (Future<Optional<ErrorKind>> end : ends) {
            kinds.add(end.get());
        }
        return kinds;
    }

    private void clean(String race, List<Optional<ErrorKind>> ends) {
        // A command of its own, after them.
        lab.open(Duration.ZERO).sandboxes().list();
        StoreCheck.assertClean(lab.layout(), race + ": " + ends);
        Injections.record(
                Case.F12,
                race,
                String.join(
                        " / ",
                        ends.stream()
                                .map(e -> e.map(ErrorKind::code).orElse("done"))
                                .sorted()
                                .toList()));
    }

    private static boolean done(List<Optional<ErrorKind>> ends, int contender) {
        return ends.get(contender).isEmpty();
    }

    private static long done(List<Optional<ErrorKind>> ends) {
        return ends.stream().filter(Optional::isEmpty).count();
    }

    private static void others(List<Optional<ErrorKind>> ends, Set<ErrorKind> allowed) {
        assertThat(ends.stream().flatMap(Optional::stream)).isSubsetOf(allowed);
    }

    private List<SnapshotId> saved() {
        return lab.open(Duration.ZERO).snapshots().list(Optional.empty()).stream()
                .map(SnapshotInfo::id)
                .toList();
    }

    private LightLab.Opened quiet() {
        return lab.open(Duration.ofSeconds(20));
    }

    private static RestoreRequest back(boolean force) {
        return new RestoreRequest(SAVED, true, force);
    }

    private static void fork(LightLab.Opened vm, SandboxName name) {
        vm.snapshots().restore(RestoreRequest.fork(SAVED, name), Progress.NONE);
    }

    @Test
    void two_snapshots_with_one_id() throws Exception {
        quiet().create(BOX);
        quiet().create(OTHER);
        for (int i = 0; i < ROUNDS; i++) {
            SandboxName second = i % 2 == 0 ? BOX : OTHER;
            var ends =
                    race(vm -> vm.save(BOX, SAVED, SnapshotType.FULL), vm -> vm.save(second, SAVED, SnapshotType.DISK));
            assertThat(done(ends)).isEqualTo(1);
            others(ends, BUSY);
            assertThat(saved()).containsExactly(SAVED);
            clean("snapshot create / snapshot create, one id", ends);
            quiet().snapshots().delete(SAVED);
        }
    }

    @Test
    void two_sandboxes_with_one_name() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            var ends = race(vm -> vm.create(BOX), vm -> vm.create(BOX));
            assertThat(done(ends)).isEqualTo(1);
            others(ends, BUSY);
            clean("sandbox create / sandbox create, one name", ends);
            quiet().sandboxes().delete(BOX, true);
        }
    }

    @Test
    void a_snapshot_that_is_made_and_deleted() throws Exception {
        quiet().create(BOX);
        for (int i = 0; i < ROUNDS; i++) {
            var ends = race(vm -> vm.save(BOX, SAVED, SnapshotType.FULL), vm -> vm.snapshots()
                    .delete(SAVED));
            assertThat(done(ends, 0)).isTrue();
            others(ends, BUSY_OR_GONE);
            assertThat(saved()).hasSize(done(ends, 1) ? 0 : 1);
            clean("snapshot create / snapshot delete", ends);
            if (!done(ends, 1)) {
                quiet().snapshots().delete(SAVED);
            }
        }
    }

    /** A child whose parent is gone could never be restored. */
    @Test
    void a_diff_that_is_made_while_its_parent_is_deleted() throws Exception {
        quiet().create(BOX);
        for (int i = 0; i < ROUNDS; i++) {
            quiet().save(BOX, SAVED, SnapshotType.FULL);
            var ends = race(vm -> vm.save(BOX, NEXT, SnapshotType.DIFF), vm -> vm.snapshots()
                    .delete(SAVED));
            others(ends, Set.of(ErrorKind.CONFLICT, ErrorKind.HAS_DEPENDENTS));
            assertThat(saved().contains(SAVED)).isEqualTo(!done(ends, 1));
            if (done(ends, 0)) {
                quiet().snapshots().restore(new RestoreRequest(NEXT, true, true), Progress.NONE);
                quiet().snapshots().delete(NEXT);
            }
            clean("snapshot create, diff / snapshot delete of the parent", ends);
            if (!done(ends, 1)) {
                quiet().snapshots().delete(SAVED);
            }
        }
    }

    @Test
    void two_restores_of_one_snapshot() throws Exception {
        quiet().create(BOX);
        for (int i = 0; i < ROUNDS; i++) {
            quiet().save(BOX, SAVED, SnapshotType.FULL);
            boolean force = i % 2 == 0;
            var ends = race(vm -> vm.snapshots().restore(back(force), Progress.NONE), vm -> vm.snapshots()
                    .restore(back(force), Progress.NONE));
            assertThat(done(ends)).isBetween(1L, force ? 2L : 1L);
            others(ends, BUSY);
            clean("restore / restore" + (force ? " --force" : ""), ends);
            quiet().snapshots().delete(SAVED);
        }
    }

    @Test
    void a_snapshot_that_is_forked_and_deleted() throws Exception {
        quiet().create(BOX);
        for (int i = 0; i < ROUNDS; i++) {
            quiet().save(BOX, SAVED, SnapshotType.FULL);
            var ends = race(vm -> fork(vm, OTHER), vm -> vm.snapshots().delete(SAVED));
            others(ends, BUSY_OR_GONE);
            assertThat(done(ends)).isPositive();
            clean("fork / snapshot delete", ends);
            if (done(ends, 0)) {
                // Its layers are all there, also without the snapshot.
                quiet().sandboxes().stop(OTHER, true);
                quiet().sandboxes().start(OTHER, Duration.ofSeconds(5), Progress.NONE);
                quiet().sandboxes().delete(OTHER, true);
            }
            if (!done(ends, 1)) {
                quiet().snapshots().delete(SAVED);
            }
        }
    }

    @Test
    void a_sandbox_that_is_forked_to_and_deleted() throws Exception {
        quiet().create(BOX);
        quiet().save(BOX, SAVED, SnapshotType.FULL);
        for (int i = 0; i < ROUNDS; i++) {
            var ends = race(vm -> fork(vm, OTHER), vm -> vm.sandboxes().delete(OTHER, true));
            others(ends, BUSY_OR_GONE);
            boolean there = Files.exists(lab.layout().sandboxFile(OTHER));
            assertThat(there).isEqualTo(done(ends, 0) && !done(ends, 1));
            clean("fork / sandbox delete", ends);
            if (there) {
                quiet().sandboxes().delete(OTHER, true);
            }
        }
    }

    @Test
    void forks_of_one_snapshot_in_parallel() throws Exception {
        quiet().create(BOX);
        quiet().save(BOX, SAVED, SnapshotType.FULL);
        List<SandboxName> forks = IntStream.range(0, 4)
                .mapToObj(i -> new SandboxName("fork-" + i))
                .toList();
        for (int i = 0; i < ROUNDS; i++) {
            var ends =
                    race(forks.stream().map(f -> (Contender) vm -> fork(vm, f)).toArray(Contender[]::new));
            assertThat(done(ends)).isEqualTo(forks.size());
            // No file that two of them write: the check of the store knows each one's own.
            clean("4 forks of one snapshot", ends);
            for (SandboxName fork : forks) {
                quiet().sandboxes().delete(fork, true);
            }
        }
    }

    @Test
    void creations_in_parallel() throws Exception {
        List<SandboxName> names =
                IntStream.range(0, 4).mapToObj(i -> new SandboxName("box-" + i)).toList();
        for (int i = 0; i < ROUNDS; i++) {
            var ends =
                    race(names.stream().map(n -> (Contender) vm -> vm.create(n)).toArray(Contender[]::new));
            assertThat(done(ends)).isEqualTo(names.size());
            clean("4 creations of sandboxes", ends);
            for (SandboxName name : names) {
                quiet().sandboxes().delete(name, true);
            }
        }
    }

    @Test
    void what_others_delete_is_not_called_damaged_by_those_who_look() throws Exception {
        quiet().create(BOX);
        for (int i = 0; i < ROUNDS; i++) {
            quiet().save(BOX, SAVED, SnapshotType.FULL);
            quiet().create(OTHER);
            var ends = race(
                    vm -> vm.snapshots().delete(SAVED),
                    vm -> vm.sandboxes().delete(OTHER, true),
                    vm -> vm.snapshots().info(SAVED),
                    vm -> vm.sandboxes().info(OTHER),
                    vm -> {
                        vm.snapshots().list(Optional.empty());
                        vm.sandboxes().list();
                    });
            assertThat(ends.subList(0, 2)).containsOnly(Optional.empty());
            assertThat(ends.get(4)).isEmpty();
            others(ends, Set.of(ErrorKind.NOT_FOUND));
            clean("snapshot delete / sandbox delete / info / list", ends);
        }
    }
}

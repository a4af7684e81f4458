package dev.smolvm.store;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.testing.ChildJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreLocksTest {
    private static final Duration SHORT = Duration.ofMillis(60);
    private static final SandboxName BOX = new SandboxName("box");
    private static final SnapshotId SNAP = new SnapshotId("snap");

    @TempDir
    Path directory;

    private Path root;
    private StoreLocks locks;

    @BeforeEach
    void open() {
        root = directory.resolve("store");
        locks = Store.open(root, SHORT).locks();
    }

    @Test
    void another_process_holds_a_sandbox_until_it_lets_go() throws Exception {
        try (ChildJvm other = ChildJvm.start(Holder.class, root.toString(), "sandbox")) {
            assertThat(other.line()).isEqualTo("held");
            assertThatThrownBy(() -> locks.sandbox(BOX))
                    .isInstanceOfSatisfying(SmolVmException.class, e -> {
                        assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT);
                        assertThat(e.advice()).contains("--lock-timeout");
                    })
                    .hasMessage("sandbox box is busy: held by process " + other.pid() + " (java)");
            assertThat(locks.trySandbox(BOX)).isEmpty();
            locks.sandbox(new SandboxName("other")).close();
            other.send("let go");
            assertThat(other.line()).isEqualTo("gone");
            locks.sandbox(BOX).close();
        }
    }

    @Fault(Case.F13)
    @Test
    void a_lock_dies_with_its_owner() throws Exception {
        try (ChildJvm other = ChildJvm.start(Holder.class, root.toString(), "sandbox")) {
            assertThat(other.line()).isEqualTo("held");
            other.kill();
            locks.sandbox(BOX).close();
        }
    }

    @Test
    void processes_share_the_store_and_keep_the_collector_out() throws Exception {
        try (ChildJvm other = ChildJvm.start(Holder.class, root.toString(), "shared")) {
            assertThat(other.line()).isEqualTo("held");
            locks.storeShared().close();
            assertThat(locks.tryStoreExclusive()).isEmpty();
            other.send("let go");
            assertThat(other.line()).isEqualTo("gone");
            Optional<StoreLocks.Held> alone = locks.tryStoreExclusive();
            assertThat(alone).isPresent();
            assertThat(kindOf(locks::storeShared)).isEqualTo(ErrorKind.CONFLICT);
            alone.get().close();
        }
    }

    @Test
    void threads_of_one_process_share_what_is_shared() {
        try (StoreLocks.Held first = locks.storeShared();
                StoreLocks.Held second = locks.storeShared();
                StoreLocks.Held snapshot = locks.snapshotShared(SNAP);
                StoreLocks.Held snapshotAgain = locks.snapshotShared(SNAP)) {
            assertThat(locks.tryStoreExclusive()).isEmpty();
            assertThat(kindOf(() -> locks.snapshotExclusive(SNAP))).isEqualTo(ErrorKind.CONFLICT);
        }
        locks.tryStoreExclusive().orElseThrow().close();
    }

    @Test
    void one_thread_that_lets_go_does_not_take_the_lock_from_the_others() throws Exception {
        StoreLocks.Held first = locks.storeShared();
        StoreLocks.Held second = locks.storeShared();
        first.close();
        first.close();
        try (ChildJvm other = ChildJvm.start(Holder.class, root.toString(), "exclusive")) {
            assertThat(other.line()).isEqualTo("busy");
        }
        second.close();
        try (ChildJvm other = ChildJvm.start(Holder.class, root.toString(), "exclusive")) {
            assertThat(other.line()).isEqualTo("held");
        }
    }

    @Test
    void threads_of_one_process_exclude_each_other_from_a_sandbox() throws Exception {
        int[] inside = new int[1];
        StoreLocks patient = Store.open(root, Duration.ofSeconds(30)).locks();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                all.add(threads.submit(() -> {
                    try (StoreLocks.Held held = patient.sandbox(BOX)) {
                        assertThat(++inside[0]).isEqualTo(1);
                        Thread.sleep(2);
                        inside[0]--;
                    }
                    return null;
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        }
        assertThat(kindOf(() -> {
                    try (StoreLocks.Held held = locks.sandbox(BOX)) {
                        locks.sandbox(BOX);
                    }
                }))
                .isEqualTo(ErrorKind.CONFLICT);
    }

    @Test
    void a_wait_ends_with_the_timeout() {
        try (StoreLocks.Held held = locks.sandbox(BOX)) {
            long start = System.nanoTime();
            assertThatThrownBy(() -> locks.sandbox(BOX)).hasMessageContaining("held by this process");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(SHORT, Duration.ofSeconds(5));
        }
    }

    @Test
    void an_interrupt_ends_the_wait_and_drops_no_lock() throws Exception {
        StoreLocks patient = Store.open(root, Duration.ofMinutes(1)).locks();
        try (StoreLocks.Held held = locks.sandbox(BOX)) {
            ErrorKind[] kind = new ErrorKind[1];
            Thread waiting = Thread.ofPlatform().start(() -> kind[0] = kindOf(() -> patient.sandbox(BOX)));
            Thread.sleep(100);
            waiting.interrupt();
            waiting.join(Duration.ofSeconds(10));
            assertThat(kind[0]).isEqualTo(ErrorKind.INTERRUPTED);
            try (ChildJvm other = ChildJvm.start(Holder.class, root.toString(), "try")) {
                assertThat(other.line()).isEqualTo("busy");
            }
        }
    }

    @Test
    void names_of_different_kinds_do_not_collide_and_never_reach_the_stores_own_byte() {
        Set<Long> offsets = new HashSet<>();
        for (int i = 0; i < 5_000; i++) {
            for (String kind : List.of("sandbox/", "snapshot/", "image/", "tmp/")) {
                long offset = StoreLocks.offset(kind + "n" + i);
                assertThat(offset).isPositive();
                assertThat(offsets.add(offset)).isTrue();
            }
        }
    }

    /** Takes a lock, says so, and lets go when it is told to. */
    static final class Holder {
        public static void main(String[] args) throws IOException {
            StoreLocks locks = Store.open(Path.of(args[0]), SHORT).locks();
            Optional<StoreLocks.Held> held =
                    switch (args[1]) {
                        case "sandbox" -> Optional.of(locks.sandbox(BOX));
                        case "try" -> locks.trySandbox(BOX);
                        case "shared" -> Optional.of(locks.storeShared());
                        case "exclusive" -> locks.tryStoreExclusive();
                        default -> throw new IllegalArgumentException(args[1]);
                    };
            System.out.println(held.isPresent() ? "held" : "busy");
            System.in.read();
            held.ifPresent(StoreLocks.Held::close);
            System.out.println("gone");
            System.in.read();
        }
    }
}

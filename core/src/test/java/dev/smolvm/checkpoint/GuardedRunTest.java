package dev.smolvm.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.CommandNotStartedException;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.Guest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.testing.SnapshotInfos;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GuardedRunTest {
    private final FakeSandbox sandbox = new FakeSandbox();
    private boolean rollback;
    private boolean keep;
    private Optional<Duration> timeout = Optional.empty();

    @AfterEach
    void noInterruptionIsLeft() {
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void after_a_success_the_snapshot_is_as_if_it_had_never_been() {
        rollback = true;
        GuardedResult result = run(_ -> new ExecResult.Exited(0));
        assertThat(result.succeeded()).isTrue();
        assertThat(result.snapshotKept()).isFalse();
        assertThat(sandbox.calls).containsExactly("connect", "save", "connect", "discard guard, back on before");
    }

    @Test
    void a_failure_leaves_sandbox_and_snapshot_for_the_user_to_decide() {
        GuardedResult result = run(_ -> new ExecResult.Exited(3));
        assertThat(result.succeeded()).isFalse();
        assertThat(result.rolledBack()).isFalse();
        assertThat(result.snapshotKept()).isTrue();
        assertThat(sandbox.calls).containsExactly("connect", "save", "connect");
    }

    @Test
    void a_failure_is_rolled_back_where_that_was_asked_for() {
        rollback = true;
        for (ExecResult failure :
                List.of(new ExecResult.Exited(1), new ExecResult.Killed(2), new ExecResult.TimedOut())) {
            sandbox.calls.clear();
            GuardedResult result = run(_ -> failure);
            assertThat(result.ended()).contains(failure);
            assertThat(result.rolledBack()).isTrue();
            assertThat(result.snapshotKept()).isFalse();
            assertThat(sandbox.calls)
                    .containsExactly("connect", "save", "connect", "restore guard", "discard guard, back on before");
        }
    }

    @Test
    void a_command_that_was_never_started_leaves_no_snapshot_and_no_need_to_go_back() {
        SmolVmException missing =
                new CommandNotStartedException(ErrorKind.NOT_FOUND, "it has no such command", "check the name", null);
        for (boolean back : new boolean[] {false, true}) {
            rollback = back;
            sandbox.calls.clear();
            GuardedResult result = run(_ -> {
                throw missing;
            });
            assertThat(result.failure()).contains(missing);
            assertThat(result.started()).isFalse();
            assertThat(result.rolledBack()).isFalse();
            assertThat(result.snapshotKept()).isFalse();
            assertThat(sandbox.calls).containsExactly("connect", "save", "connect", "discard guard, back on before");
        }
        keep = true;
        assertThat(run(_ -> {
                            throw missing;
                        })
                        .snapshotKept())
                .isTrue();
    }

    @Test
    void the_snapshot_stays_where_that_was_asked_for() {
        rollback = true;
        keep = true;
        assertThat(run(_ -> new ExecResult.Exited(0)).snapshotKept()).isTrue();
        assertThat(run(_ -> new ExecResult.Exited(1)).snapshotKept()).isTrue();
        assertThat(sandbox.calls).noneMatch(c -> c.startsWith("discard"));
    }

    @Test
    void a_guest_that_dies_is_a_failure() {
        rollback = true;
        SmolVmException death = new SmolVmException(ErrorKind.VM_DIED, "it died", "smolvm sandbox start web");
        GuardedResult result = run(_ -> {
            throw death;
        });
        assertThat(result.failure().orElseThrow()).hasMessage("it died").hasCause(death);
        assertThat(result.failure().orElseThrow().kind()).isEqualTo(ErrorKind.VM_DIED);
        assertThat(result.rolledBack()).isTrue();
        assertThat(run(_ -> {
                            throw new IOException("cut off");
                        })
                        .rolledBack())
                .isTrue();
    }

    @Test
    void a_guest_that_does_not_end_the_command_in_time_is_given_up() {
        rollback = true;
        timeout = Optional.of(Duration.ofMillis(1));
        CountDownLatch never = new CountDownLatch(1);
        GuardedResult result = run(_ -> {
            try {
                never.await();
                throw new AssertionError();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new SmolVmException(ErrorKind.INTERRUPTED, "interrupted", "");
            }
        });
        assertThat(result.failure().orElseThrow().kind()).isEqualTo(ErrorKind.GUEST_UNRESPONSIVE);
        assertThat(result.rolledBack()).isTrue();
    }

    @Test
    void an_interruption_does_not_keep_it_from_going_back() {
        rollback = true;
        GuardedResult result = run(_ -> {
            Thread.currentThread().interrupt();
            throw new SmolVmException(ErrorKind.INTERRUPTED, "interrupted", "");
        });
        assertThat(result.rolledBack()).isTrue();
        assertThat(result.failure().orElseThrow().kind()).isEqualTo(ErrorKind.INTERRUPTED);
    }

    @Test
    void if_it_cannot_go_back_the_snapshot_stays_and_is_named() {
        rollback = true;
        sandbox.restoreFailure = Optional.of(new SmolVmException(ErrorKind.NO_SPACE, "the disk is full", ""));
        assertThatThrownBy(() -> run(_ -> new ExecResult.Exited(7)))
                .isInstanceOfSatisfying(SmolVmException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.NO_SPACE);
                    assertThat(e).hasMessageContaining("code 7").hasMessageContaining("guard");
                    assertThat(e.advice()).isEqualTo("smolvm sandbox snapshot restore guard --resume");
                });
        assertThat(sandbox.calls).noneMatch(c -> c.startsWith("discard"));
    }

    @Test
    void a_sandbox_that_is_not_the_one_any_more_is_left_alone() {
        rollback = true;
        sandbox.restoreFailure =
                Optional.of(new SmolVmException(ErrorKind.CONFLICT, "sandbox web is another", "use --name NEW"));
        assertThatThrownBy(() -> run(_ -> new ExecResult.Exited(7)))
                .isInstanceOfSatisfying(SmolVmException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT);
                    assertThat(e).hasMessageContaining("another").hasMessageContaining("guard");
                    assertThat(e.advice()).isEqualTo("use --name NEW");
                });
        assertThat(sandbox.calls).noneMatch(c -> c.startsWith("discard"));
    }

    /** To stop or start the sandbox would end what was just put back. */
    @Test
    void what_helps_against_the_failure_is_only_told_where_it_is_left() {
        SmolVmException death = new SmolVmException(ErrorKind.VM_DIED, "it died", "smolvm sandbox stop --force web");
        GuardedCommand dies = _ -> {
            throw death;
        };
        assertThat(run(dies).failure()).contains(death);
        rollback = true;
        assertThat(run(dies).failure().orElseThrow().advice()).isEmpty();
    }

    @Test
    void a_snapshot_that_cannot_be_removed_changes_nothing_else() {
        sandbox.discardFailure = Optional.of(new SmolVmException(ErrorKind.HAS_DEPENDENTS, "needed by d1", ""));
        GuardedResult result = run(_ -> new ExecResult.Exited(0));
        assertThat(result.succeeded()).isTrue();
        assertThat(result.snapshotKept()).isTrue();
        assertThat(result.leftOver()).contains("needed by d1");
    }

    @Test
    void a_sandbox_that_does_not_answer_is_not_even_saved() {
        sandbox.connectFailure = Optional.of(new SmolVmException(ErrorKind.CONFLICT, "sandbox web is paused", ""));
        assertThatThrownBy(() -> run(_ -> new ExecResult.Exited(0))).hasMessage("sandbox web is paused");
        assertThat(sandbox.calls).containsExactly("connect");
    }

    private GuardedResult run(GuardedCommand command) {
        GuardedRequest request = new GuardedRequest(new SandboxName("web"), Optional.empty(), rollback, keep, timeout);
        return GuardedRun.run(request, command, sandbox, Duration.ZERO);
    }

    private static final class FakeSandbox implements Guarded {
        private final List<String> calls = new ArrayList<>();
        private Optional<SmolVmException> connectFailure = Optional.empty();
        private Optional<SmolVmException> restoreFailure = Optional.empty();
        private Optional<SmolVmException> discardFailure = Optional.empty();

        @Override
        public Guest connect() {
            calls.add("connect");
            fail(connectFailure);
            return (Guest) Proxy.newProxyInstance(
                    Guest.class.getClassLoader(), new Class<?>[] {Guest.class}, (_, method, _) -> {
                        assertThat(method.getName()).isEqualTo("close");
                        return null;
                    });
        }

        @Override
        public Optional<SnapshotId> position() {
            return Optional.of(new SnapshotId("before"));
        }

        @Override
        public SnapshotInfo save(Optional<SnapshotId> id) {
            calls.add("save");
            return SnapshotInfos.full("guard", "web").info();
        }

        @Override
        public void restore(SnapshotId snapshot) {
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            calls.add("restore " + snapshot);
            fail(restoreFailure);
        }

        @Override
        public void discard(SnapshotId snapshot, Optional<SnapshotId> former) {
            fail(discardFailure);
            calls.add("discard " + snapshot + ", back on "
                    + former.map(SnapshotId::value).orElse("nothing"));
        }

        private static void fail(Optional<SmolVmException> failure) {
            if (failure.isPresent()) {
                throw failure.get();
            }
        }
    }
}

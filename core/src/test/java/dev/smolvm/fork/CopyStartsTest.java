package dev.smolvm.fork;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.SandboxName;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CopyStartsTest {
    private static final List<SandboxName> NAMES = IntStream.rangeClosed(1, 5)
            .mapToObj(i -> new SandboxName("copy-" + i))
            .toList();

    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    @AfterEach
    void clearInterrupt() {
        Thread.interrupted();
    }

    private static ForkedCopy up(int index) {
        return new ForkedCopy.Up(index, null);
    }

    @Test
    void no_more_than_that_many_are_started_at_a_time_and_they_come_in_order() {
        CountDownLatch two = new CountDownLatch(2);
        List<ForkedCopy> copies = CopyStarts.run(
                NAMES,
                2,
                (index, name) -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    two.countDown();
                    await(two);
                    running.decrementAndGet();
                    return up(index);
                },
                Progress.NONE);
        assertThat(copies).extracting(ForkedCopy::index).containsExactly(1, 2, 3, 4, 5);
        assertThat(most).hasValue(2);
    }

    @Test
    void one_that_fails_leaves_the_others_alone() {
        List<ForkedCopy> copies = CopyStarts.run(
                NAMES,
                2,
                (index, name) -> switch (index) {
                    case 2 -> throw new SmolVmException(ErrorKind.VM_DIED, "its VMM ended", "smolvm doctor");
                    case 4 -> throw new IllegalStateException("a fault");
                    default -> up(index);
                },
                Progress.NONE);
        assertThat(copies)
                .filteredOn(c -> c instanceof ForkedCopy.Up)
                .extracting(ForkedCopy::index)
                .containsExactly(1, 3, 5);
        assertThat(failed(copies, 2).failure().kind()).isEqualTo(ErrorKind.VM_DIED);
        assertThat(failed(copies, 2).name()).isEqualTo(NAMES.get(1));
        assertThat(failed(copies, 4).failure().kind()).isEqualTo(ErrorKind.UNEXPECTED);
    }

    @Test
    void an_interruption_ends_those_that_are_being_started_and_begins_no_others() {
        Thread caller = Thread.currentThread();
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger begun = new AtomicInteger();
        AtomicInteger undone = new AtomicInteger();
        List<ForkedCopy> copies = CopyStarts.run(
                NAMES,
                2,
                (index, name) -> {
                    begun.incrementAndGet();
                    if (index == 1) {
                        return up(index);
                    }
                    caller.interrupt();
                    try {
                        await(never);
                    } finally {
                        undone.incrementAndGet();
                    }
                    return up(index);
                },
                Progress.NONE);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(begun.get()).isLessThanOrEqualTo(3);
        assertThat(undone.get()).as("ended before it returned").isEqualTo(begun.get() - 1);
        assertThat(copies.getFirst()).isInstanceOf(ForkedCopy.Up.class);
        for (int index = 2; index <= 5; index++) {
            assertThat(failed(copies, index).failure().kind()).isEqualTo(ErrorKind.INTERRUPTED);
        }
    }

    private static ForkedCopy.Failed failed(List<ForkedCopy> copies, int index) {
        return (ForkedCopy.Failed) copies.get(index - 1);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new SmolVmException(ErrorKind.INTERRUPTED, "interrupted", "", e);
        }
    }
}

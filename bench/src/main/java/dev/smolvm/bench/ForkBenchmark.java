package dev.smolvm.bench;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.fork.ForkRequest;
import dev.smolvm.fork.ForkResult;
import dev.smolvm.fork.ForkedCopy;
import dev.smolvm.image.ImageRequest;
import dev.smolvm.image.Images;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How long it takes from the call until every fork of a 512 MiB guest with 180 MiB in use has answered a command, and how much
 * memory each one's VMM then has for itself (proportional set size). Arguments: the store's directory (kept), the number of
 * forks, and of rounds.
 */
public final class ForkBenchmark {
    private static final ImageName IMAGE = new ImageName("tiny");
    private static final SandboxName SOURCE = new SandboxName("bench-forks");
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    /** With what the guest's system has in use itself, 180 MiB. */
    private static final int FILLED_MIB = 130;

    private final SmolVm vm;
    private final GuestShell guests;

    private ForkBenchmark(SmolVm vm) {
        this.vm = vm;
        this.guests = new GuestShell(vm);
    }

    public static void main(String[] arguments) throws IOException {
        SmolVm vm = SmolVm.open(Path.of(arguments[0]), DEADLINE);
        if (vm.images().find(IMAGE).isEmpty()) {
            vm.images().build(new ImageRequest.Tiny(IMAGE), Images.IfExists.FAIL, Progress.NONE, note -> {});
        }
        new ForkBenchmark(vm).run(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
    }

    private void run(int count, int rounds) throws IOException {
        vm.sandboxes().create(SandboxRequest.of(IMAGE).named(SOURCE.value()), Progress.NONE);
        try {
            guests.run(
                    SOURCE,
                    "mount -o remount,size=90% /dev/shm; dd if=/dev/urandom of=/dev/shm/fill bs=1M count=" + FILLED_MIB
                            + " 2>/dev/null");
            for (int round = 0; round < rounds; round++) {
                round(count);
            }
        } finally {
            vm.sandboxes().delete(SOURCE, true);
        }
    }

    private void round(int count) throws IOException {
        String load = Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
        Steps steps = new Steps();
        ForkResult result = vm.forks().fork(ForkRequest.of(SOURCE, count), steps);
        long up = steps.sinceStart();
        result.failure().ifPresent(e -> {
            throw e;
        });
        result.copies().parallelStream().forEach(copy -> guests.run(copy.name(), "true"));
        long answered = steps.sinceStart();
        List<Long> memory = new ArrayList<>();
        for (ForkedCopy copy : result.copies()) {
            memory.add(proportionalMib(vm.sandboxes().info(copy.name()).pid().orElseThrow()));
        }
        System.out.printf(
                "%d forks: saved after %d ms, all up after %d ms, all answered after %d ms; MiB each: %s; load before: %s%n",
                count, steps.saved, up, answered, memory, load);
        result.copies().forEach(copy -> vm.sandboxes().delete(copy.name(), true));
        vm.snapshots().delete(result.snapshot().orElseThrow().id());
    }

    /** Notes when the copies begin to be started. */
    private static final class Steps implements Progress {
        private final long start = System.nanoTime();
        private long saved;

        @Override
        public void step(String what) {
            if (what.startsWith("start ")) {
                saved = sinceStart();
            }
        }

        @Override
        public void advance(long done, long total) {}

        long sinceStart() {
            return Figures.millisSince(start);
        }
    }

    private static long proportionalMib(long pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
            if (line.startsWith("Pss:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
            }
        }
        throw new IOException("no Pss of process " + pid);
    }
}

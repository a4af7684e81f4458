package dev.smolvm.bench.scenario;

import dev.smolvm.Progress;
import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.lab.ProcessMemory;
import dev.smolvm.bench.measure.Contender;
import dev.smolvm.bench.measure.Figure;
import dev.smolvm.bench.measure.Form;
import dev.smolvm.bench.measure.Participant;
import dev.smolvm.bench.measure.Recorder;
import dev.smolvm.bench.measure.Role;
import dev.smolvm.bench.measure.Rounds;
import dev.smolvm.bench.measure.Scenario;
import dev.smolvm.bench.qemu.RawQemu;
import dev.smolvm.bench.qemu.SavedGuest;
import dev.smolvm.fork.ForkRequest;
import dev.smolvm.fork.ForkResult;
import dev.smolvm.fork.ForkedCopy;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.store.SandboxName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Copies of a running guest with 512 MiB of memory, until every one has answered a command. */
public record Fork(int count) implements Scenario {
    public static final Figure SAVED = Figure.millis("fork, until the source is saved");
    public static final Figure ANSWERED = Figure.millis("fork, until all copies have answered");
    public static final Figure MEMORY = Figure.mib("memory of each copy (proportional set size)");

    /** With what the guest's system has in use itself, 180 MiB. */
    private static final int FILLED_MIB = 130;

    @Override
    public String name() {
        return "fork-" + count;
    }

    @Override
    public String title() {
        return "Fork a running guest, ×" + count + ": "
                + new Shape(SandboxRequest.DEFAULT_MEMORY_MIB, FILLED_MIB).inWords();
    }

    @Override
    public Rounds rounds(Form form) {
        return form.choose(new Rounds(count == 1 ? 1 : 0, 2), new Rounds(count <= 10 ? 1 : 0, count <= 10 ? 5 : 3));
    }

    @Override
    public List<Contender> contenders(Lab lab) {
        Ours ours = new Ours(lab);
        return List.of(ours, new ByHand(ours));
    }

    private final class Ours extends Participant {
        private final Lab lab;
        private final SandboxName source;
        private SavedGuest base;

        Ours(Lab lab) {
            super("smolvm", Role.OURS);
            this.lab = lab;
            this.source = lab.name(Fork.this.name());
        }

        @Override
        public void prepare() throws IOException {
            lab.create(source, SandboxRequest.DEFAULT_MEMORY_MIB);
            lab.guests().fill(source, FILLED_MIB);
            base = SavedGuest.of(lab, lab.vm().snapshots().create(SnapshotRequest.full(source), Progress.NONE));
        }

        @Override
        public void round(Recorder recorder) throws Exception {
            long start = System.nanoTime();
            ForkResult result = lab.vm()
                    .forks()
                    .fork(ForkRequest.of(source, count), new FirstStep("start ", () -> recorder.since(start, SAVED)));
            try {
                if (result.failure().isPresent()) {
                    throw result.failure().get();
                }
                inParallel(result.copies(), copy -> () -> {
                    lab.guests().run(copy.name(), "true");
                    return null;
                });
                recorder.since(start, ANSWERED);
                for (ForkedCopy copy : result.copies()) {
                    long pid = lab.vm().sandboxes().info(copy.name()).pid().orElseThrow();
                    recorder.add(MEMORY, ProcessMemory.proportionalMib(pid));
                }
            } finally {
                remove(result);
            }
        }

        private void remove(ForkResult result) {
            for (ForkedCopy copy : result.copies()) {
                if (copy instanceof ForkedCopy.Up) {
                    lab.vm().sandboxes().delete(copy.name(), true);
                }
            }
            result.snapshot().ifPresent(s -> lab.vm().snapshots().delete(s.id()));
        }

        @Override
        public void close() {
            lab.discard(source);
        }
    }

    /** As many processes from a snapshot that is there already, as many at a time as there are processors, at least two. */
    private final class ByHand extends Participant {
        private final Ours ours;

        ByHand(Ours ours) {
            super("QEMU by QMP: start, load, run each", Role.FLOOR);
            this.ours = ours;
        }

        @Override
        public void round(Recorder recorder) throws Exception {
            List<RawQemu> all = Collections.synchronizedList(new ArrayList<>());
            List<Path> overlays = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                overlays.add(ours.base.overlay());
            }
            try {
                long start = System.nanoTime();
                inParallel(overlays, overlay -> () -> {
                    RawQemu qemu = ours.base.startAndRun(overlay);
                    all.add(qemu);
                    qemu.firstCommand();
                    return null;
                });
                recorder.since(start, ANSWERED);
                for (RawQemu qemu : all) {
                    recorder.add(MEMORY, ProcessMemory.proportionalMib(qemu.pid()));
                }
            } finally {
                for (RawQemu qemu : all) {
                    qemu.close();
                }
            }
        }
    }

    private interface Work<T> {
        Callable<Void> on(T item);
    }

    private static <T> void inParallel(List<T> items, Work<T> work) throws Exception {
        int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            for (Future<Void> done :
                    executor.invokeAll(items.stream().map(work::on).toList())) {
                done.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}

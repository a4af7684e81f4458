package dev.smolvm.bench;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.image.ImageRequest;
import dev.smolvm.image.Images;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonParser;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How long a guest stands still for a full snapshot, and how long a restore takes, at two memory sizes, with a guest that
 * writes to its disk without pause. Arguments: the store's directory (kept), and the number of rounds.
 */
public final class SnapshotBenchmark {
    private static final ImageName IMAGE = new ImageName("tiny");
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final String DISK_LOAD =
            "(while :; do dd if=/dev/urandom of=/root/load bs=256k count=64 conv=fsync; done) </dev/null >/dev/null 2>&1 &";

    private final SmolVm vm;
    private final GuestShell guests;
    private final int rounds;

    private SnapshotBenchmark(SmolVm vm, int rounds) {
        this.vm = vm;
        this.guests = new GuestShell(vm);
        this.rounds = rounds;
    }

    /** A machine size and how much of its memory is filled. */
    private record Shape(int memoryMib, int touchedMib) {
        SandboxName name() {
            return new SandboxName("bench-" + memoryMib);
        }
    }

    public static void main(String[] arguments) throws IOException {
        SmolVm vm = SmolVm.open(Path.of(arguments[0]), DEADLINE);
        if (vm.images().find(IMAGE).isEmpty()) {
            vm.images().build(new ImageRequest.Tiny(IMAGE), Images.IfExists.FAIL, Progress.NONE, note -> {});
        }
        SnapshotBenchmark benchmark = new SnapshotBenchmark(vm, Integer.parseInt(arguments[1]));
        System.out.printf("%-44s %8s %8s %8s%n", "milliseconds", "min", "median", "max");
        benchmark.measure(new Shape(512, 120));
        benchmark.measure(new Shape(4096, 1400));
        // The heartbeat's session ends with the process.
        System.exit(0);
    }

    private void measure(Shape shape) throws IOException {
        SandboxName name = shape.name();
        vm.sandboxes().create(request(shape), Progress.NONE);
        try {
            guests.run(
                    name,
                    "mount -o remount,size=90% /dev/shm; dd if=/dev/urandom of=/dev/shm/fill bs=1M count="
                            + shape.touchedMib() + " 2>/dev/null");
            guests.run(name, DISK_LOAD);
            saveAndRestore(shape, name);
        } finally {
            vm.sandboxes().delete(name, true);
        }
    }

    private void saveAndRestore(Shape shape, SandboxName name) throws IOException {
        List<Long> pauses = new ArrayList<>();
        List<Long> gaps = new ArrayList<>();
        List<Long> quiet = new ArrayList<>();
        List<Long> creates = new ArrayList<>();
        List<SnapshotId> ids = new ArrayList<>();
        Heartbeat heartbeat = Heartbeat.of(vm, name);
        for (int i = 0; i < rounds; i++) {
            quiet.add(heartbeat.longestGapDuring(() -> sleep(1_000)));
            long start = System.nanoTime();
            gaps.add(heartbeat.longestGapDuring(() -> {
                SnapshotInfo saved = vm.snapshots().create(SnapshotRequest.full(name), Progress.NONE);
                ids.add(saved.id());
            }));
            creates.add(Figures.millisSince(start));
            pauses.add(pause(ids.getLast()));
        }
        String label = shape.memoryMib() + " MiB, " + shape.touchedMib() + " MiB filled: ";
        Figures.print(label + "pause", pauses);
        Figures.print(label + "longest gap, heartbeat", gaps);
        Figures.print(label + "the same without a snapshot", quiet);
        Figures.print(label + "create, all", creates);
        restore(label, name, ids.getLast());
        ids.forEach(vm.snapshots()::delete);
    }

    private void restore(String label, SandboxName name, SnapshotId id) {
        List<Long> machine = new ArrayList<>();
        List<Long> first = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            long start = System.nanoTime();
            long[] loaded = new long[1];
            vm.snapshots().restore(new RestoreRequest(id, true, true), onStep("load", "resume", loaded));
            guests.run(name, "true");
            first.add(Figures.millisSince(start));
            machine.add(loaded[0]);
        }
        Figures.print(label + "restore, VMM started and loaded", machine);
        Figures.print(label + "restore to the first command", first);
    }

    /** Measures from one step of an operation to a later one. */
    private static Progress onStep(String from, String to, long[] result) {
        return new Progress() {
            private long start;

            @Override
            public void step(String what) {
                if (what.equals(from)) {
                    start = System.nanoTime();
                } else if (what.equals(to)) {
                    result[0] = Figures.millisSince(start);
                }
            }

            @Override
            public void advance(long done, long total) {}
        };
    }

    private long pause(SnapshotId id) throws IOException {
        return JsonFields.of(JsonParser.read(vm.store().layout().snapshotManifest(id)), "manifest")
                .object("snapshot")
                .integer("pause_millis");
    }

    private static SandboxRequest request(Shape shape) {
        SandboxRequest base = SandboxRequest.of(IMAGE);
        return new SandboxRequest(
                Optional.of(shape.name()),
                IMAGE,
                shape.memoryMib(),
                base.cpus(),
                OptionalLong.empty(),
                base.backend(),
                base.accelerator(),
                base.network(),
                base.drives(),
                base.mounts(),
                base.bootTimeout(),
                base.sshKey());
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

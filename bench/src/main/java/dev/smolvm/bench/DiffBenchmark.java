package dev.smolvm.bench;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.image.ImageRequest;
import dev.smolvm.image.Images;
import dev.smolvm.os.SparseFile;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
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
 * What a row of diff snapshots costs, each after 5 MiB of changes in a guest of 512 MiB, and how long restores from its end
 * take beside those from the full one at its beginning. Arguments: the store's directory (kept), and the number of restores.
 */
public final class DiffBenchmark {
    private static final ImageName IMAGE = new ImageName("tiny");
    private static final SandboxName NAME = new SandboxName("bench-diffs");
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int MEMORY_MIB = 512;
    private static final int FILLED_MIB = 120;
    private static final int STEPS = 10;
    private static final String STEP_IN_MEMORY = "head -c 5242880 /dev/urandom > /dev/shm/step%d";
    private static final String STEP_ON_DISK = "head -c 5242880 /dev/urandom > /root/step%d";

    private final SmolVm vm;
    private final GuestShell guests;
    private final int rounds;

    private DiffBenchmark(SmolVm vm, int rounds) {
        this.vm = vm;
        this.guests = new GuestShell(vm);
        this.rounds = rounds;
    }

    public static void main(String[] arguments) throws IOException {
        SmolVm vm = SmolVm.open(Path.of(arguments[0]), DEADLINE);
        if (vm.images().find(IMAGE).isEmpty()) {
            vm.images().build(new ImageRequest.Tiny(IMAGE), Images.IfExists.FAIL, Progress.NONE, note -> {});
        }
        DiffBenchmark benchmark = new DiffBenchmark(vm, Integer.parseInt(arguments[1]));
        benchmark.measure("5 MiB in a tmpfs", STEP_IN_MEMORY);
        benchmark.measure("5 MiB in a file on disk", STEP_ON_DISK);
    }

    private void measure(String what, String step) throws IOException {
        SandboxRequest base = SandboxRequest.of(IMAGE);
        vm.sandboxes()
                .create(
                        new SandboxRequest(
                                Optional.of(NAME),
                                IMAGE,
                                MEMORY_MIB,
                                base.cpus(),
                                OptionalLong.empty(),
                                base.backend(),
                                base.accelerator(),
                                base.network(),
                                base.drives(),
                                base.mounts(),
                                base.bootTimeout(),
                                base.sshKey()),
                        Progress.NONE);
        List<SnapshotId> ids = new ArrayList<>();
        try {
            guests.run(
                    NAME,
                    "mount -o remount,size=90% /dev/shm; dd if=/dev/urandom of=/dev/shm/fill bs=1M count="
                            + FILLED_MIB);
            System.out.printf("%n%s%n%-10s %12s %12s %8s%n", what, "", "memory KiB", "layer KiB", "ms");
            ids.add(save("full", SnapshotType.FULL));
            for (int i = 1; i <= STEPS; i++) {
                guests.run(NAME, step.formatted(i));
                ids.add(save("diff " + i, SnapshotType.DIFF));
            }
            restores(ids.getFirst(), ids.getLast());
        } finally {
            vm.sandboxes().delete(NAME, true);
            ids.reversed().forEach(vm.snapshots()::delete);
        }
    }

    private SnapshotId save(String what, SnapshotType type) throws IOException {
        long start = System.nanoTime();
        SnapshotInfo saved = vm.snapshots()
                .create(
                        new SnapshotRequest(NAME, Optional.empty(), type, true, false, FlushPolicy.REQUIRED),
                        Progress.NONE);
        long millis = Figures.millisSince(start);
        System.out.printf(
                "%-10s %12d %12d %8d%n",
                what,
                SparseFile.allocated(saved.memoryPath().orElseThrow()) / 1024,
                SparseFile.allocated(saved.diskPath()) / 1024,
                millis);
        return saved.id();
    }

    /** In turns, so that both meet the same noise. */
    private void restores(SnapshotId full, SnapshotId end) {
        List<List<Long>> times = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < rounds; i++) {
            restore(full, times.get(0), times.get(1));
            restore(end, times.get(2), times.get(3));
        }
        System.out.printf("%-44s %8s %8s %8s%n", "milliseconds", "min", "median", "max");
        Figures.print("full, to running", times.get(0));
        Figures.print("full, to the first command", times.get(1));
        Figures.print("end of the row, to running", times.get(2));
        Figures.print("end of the row, to the first command", times.get(3));
    }

    private void restore(SnapshotId id, List<Long> running, List<Long> first) {
        long start = System.nanoTime();
        vm.snapshots().restore(new RestoreRequest(id, true, true), Progress.NONE);
        running.add(Figures.millisSince(start));
        guests.run(NAME, "true");
        first.add(Figures.millisSince(start));
    }
}

package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.os.Command;
import dev.smolvm.sandbox.DriveRequest;
import dev.smolvm.sandbox.MountRequest;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Extra drives and mounted directories: what the guest sees of them, and that snapshots have all disks of the same instant. */
@ExtendWith(LabExtension.class)
class ExtraDisksIT {
    private static final String RAW = "raw content, all of it to be seen in the guest";
    private static final int DATA = 24 << 20;
    /** Where the guest counts on both drives: what a copy comes to last. */
    private static final long COUNTER = DATA - 512;

    /** Finds a disk by its serial number, as there is no udev. */
    private static final String DISK =
            "for d in /sys/block/vd*; do [ \"$(cat $d/serial)\" != %s ] || echo /dev/${d##*/}; done";

    /**
     * Counts in memory and on two drives, and before each step reads the drives again, past the cache: whoever is put back to
     * a moment in which they did not agree with the memory of that moment notices.
     */
    private static final String COUNTING =
            """
            at=%d
            n=$(dd if=$one bs=512 skip=$at count=1 | tr -d ' ')
            while :; do
                echo 3 > /proc/sys/vm/drop_caches
                a=$(dd if=$one bs=512 skip=$at count=1 | tr -d ' ')
                b=$(dd if=$two bs=512 skip=$at count=1 | tr -d ' ')
                [ "$a $b" = "$n $n" ] || echo "memory $n, drives $a $b" >> /run/wrong
                n=$((n + 1))
                printf %%512s $n | dd of=$one bs=512 seek=$at count=1 conv=notrunc,fsync
                printf %%512s $n | dd of=$two bs=512 seek=$at count=1 conv=notrunc,fsync
                echo $n > /run/n
            done
            """
                    .formatted(COUNTER / 512);

    private final Lab lab;

    @TempDir
    Path dir;

    ExtraDisksIT(Lab lab) {
        this.lab = lab;
    }

    private Box boot(String name, List<DriveRequest> drives, List<MountRequest> mounts) {
        SandboxRequest standard = SandboxRequest.of(Lab.IMAGE);
        return lab.boot(new SandboxRequest(
                Optional.of(new SandboxName(name)),
                standard.image(),
                standard.memoryMib(),
                standard.cpus(),
                standard.diskBytes(),
                standard.backend(),
                standard.accelerator(),
                standard.network(),
                drives,
                mounts,
                standard.bootTimeout(),
                standard.sshKey()));
    }

    @Test
    void all_disks_and_memory_are_saved_at_the_same_instant_and_restored_together() throws Exception {
        Path raw = data("raw.img");
        Path qcow2 = dir.resolve("disk.qcow2");
        convert("raw", raw, "qcow2", qcow2);
        Path readOnly = dir.resolve("read-only.img");
        Files.write(readOnly, Arrays.copyOf(RAW.getBytes(StandardCharsets.UTF_8), 1 << 20));
        Box box = boot(
                "drives",
                List.of(new DriveRequest(readOnly, true), new DriveRequest(qcow2, false), new DriveRequest(raw, false)),
                List.of());
        SandboxName copy = new SandboxName("drives-copy");
        try {
            seenInTheGuest(box);
            box.background("one=%s; two=%s; %s".formatted(disk(box, "drive1"), disk(box, "drive2"), COUNTING));
            Box.await("it counts", () -> counted(box) > 2);

            SnapshotInfo live = box.save();
            long after = counted(box);
            List<Long> saved = List.of(savedCounter(live.id(), "drive1"), savedCounter(live.id(), "drive2"));
            assertThat(saved.get(0)).isBetween(3L, after + 1);
            assertThat(saved.get(0) - saved.get(1)).isBetween(0L, 1L);
            Box.await("it counts on in the user's file", () -> fileCounter(raw) > after + 2);

            SnapshotInfo left = box.save(SnapshotType.DIFF, false);
            assertThat(box.status()).isEqualTo(SandboxStatus.PAUSED);
            // It stands still since that very instant, so the files have what the snapshot must have.
            assertThat(savedDisk(left.id(), "drive2")).hasSameBinaryContentAs(raw);
            assertThat(savedDisk(left.id(), "drive1")).hasSameBinaryContentAs(convert("qcow2", qcow2, "raw", "now"));
            lab.vm().sandboxes().resume(box.name());

            refusedWithoutTheReadOnlyDrive(box, live.id(), readOnly);
            List<String> told = new ArrayList<>();
            lab.vm().snapshots().restore(new RestoreRequest(live.id(), true, false), notes(told));
            assertThat(told).hasSize(2).allMatch(n -> n.contains("keeps what was last written"));
            byte[] untouched = Files.readAllBytes(raw);
            FileTime written = Files.getLastModifiedTime(qcow2);
            seenInTheGuest(box);
            Box.await("it counts on where it was", () -> counted(box) > saved.get(0) + 3);
            box.sh("cat /run/wrong 2>/dev/null && exit 1 || true");
            assertThat(counted(box)).isLessThan(fileCounter(raw) + 1000);

            // The drives are chains now; a fork of a later state has them too.
            SnapshotInfo again = box.save(SnapshotType.DISK);
            assertThat(layers(again.id(), "drive2")).hasSize(2);
            lab.vm().snapshots().restore(RestoreRequest.fork(left.id(), copy), Progress.NONE);
            Box fork = new Box(lab.vm(), copy);
            Box.await("the fork counts on", () -> counted(fork) > saved.get(0) + 5);
            fork.sh("cat /run/wrong 2>/dev/null && exit 1 || true");
            assertThat(raw).hasBinaryContent(untouched);
            assertThat(Files.getLastModifiedTime(qcow2)).isEqualTo(written);
            assertThat(Files.readString(readOnly)).startsWith(RAW);
        } finally {
            lab.delete(copy);
            lab.delete(box.name());
        }
    }

    private static void seenInTheGuest(Box box) {
        String first = disk(box, "drive0");
        assertThat(List.of(first, disk(box, "drive1"), disk(box, "drive2")))
                .containsExactly("/dev/vdb", "/dev/vdc", "/dev/vdd");
        assertThat(box.sh("head -c " + RAW.length() + " " + first)).isEqualTo(RAW);
        assertThat(box.sh("cat /sys/block/vdb/ro /sys/block/vdc/ro /sys/block/vdd/ro"))
                .isEqualTo("1\n0\n0");
        assertThat(box.sh("cat /sys/block/vdc/size /sys/block/vdd/size")).isEqualTo(DATA / 512 + "\n" + DATA / 512);
    }

    private void refusedWithoutTheReadOnlyDrive(Box box, SnapshotId snapshot, Path file) throws IOException {
        FileTime time = Files.getLastModifiedTime(file);
        Path aside = file.resolveSibling("aside");
        Files.move(file, aside);
        assertThat(Failures.of(ErrorKind.NOT_FOUND, () -> box.restore(snapshot)))
                .hasMessageContaining(file.toString());
        Files.move(aside, file);
        Files.setLastModifiedTime(file, FileTime.fromMillis(time.toMillis() - 5000));
        assertThat(Failures.of(ErrorKind.INCOMPATIBLE, () -> box.restore(snapshot)))
                .hasMessageContaining(file.toString());
        Files.setLastModifiedTime(file, time);
        assertThat(box.status()).isEqualTo(SandboxStatus.RUNNING);
    }

    @Test
    void a_copy_that_is_cut_short_leaves_the_guest_and_its_drive_as_they_were() throws Exception {
        // Large enough for its copy to be seen, and slowed down, before it is over.
        Path raw = data("raw.img", 25);
        Box box = boot("cut", List.of(new DriveRequest(raw, false)), List.of());
        try {
            for (SnapshotType type : List.of(SnapshotType.DISK, SnapshotType.FULL)) {
                CompletableFuture<ErrorKind> ended = new CompletableFuture<>();
                Thread command;
                try (Monitor monitor = box.monitor()) {
                    command = Thread.ofPlatform()
                            .start(() -> ended.complete(Failures.of(ErrorKind.INTERRUPTED, () -> box.save(type))
                                    .kind()));
                    slowDown(monitor);
                }
                command.interrupt();
                assertThat(ended.get(30, TimeUnit.SECONDS)).isEqualTo(ErrorKind.INTERRUPTED);
                try (Monitor monitor = box.monitor()) {
                    assertThat(jobs(monitor)).isEmpty();
                    assertThat(monitor.status()).isEqualTo("running");
                }
                assertThat(lab.vm().store().layout().capture(box.name())).doesNotExist();
                box.sh("echo after | dd of=%s conv=notrunc,fsync".formatted(disk(box, "drive0")));
            }
            try (InputStream in = Files.newInputStream(raw)) {
                assertThat(in.readNBytes(5)).asString(StandardCharsets.UTF_8).isEqualTo("after");
            }
            SnapshotInfo saved = box.save(SnapshotType.DISK);
            assertThat(Files.mismatch(savedDisk(saved.id(), "drive0"), raw)).isEqualTo(-1);
        } finally {
            lab.delete(box.name());
        }
    }

    /** A QEMU that takes its disks back only by running the guest. */
    @Test
    void where_disks_cannot_be_taken_back_they_are_copied_before_memory_is_saved() throws Exception {
        Path raw = data("raw.img");
        Box box = boot("older", List.of(new DriveRequest(raw, false)), List.of());
        Path known = lab.vm().store().layout().tools().resolve("qemu.json");
        String answers = Files.readString(known);
        try {
            Files.writeString(known, answers.replace("\"set_active\" : true", "\"set_active\" : false"));
            SmolVm vm = SmolVm.open(lab.home(), Duration.ofSeconds(5));
            Box older = new Box(vm, box.name());
            older.sh("echo before | dd of=%s conv=notrunc,fsync".formatted(disk(box, "drive0")));
            SnapshotInfo saved = older.save();
            assertThat(older.status()).isEqualTo(SandboxStatus.RUNNING);
            assertThat(savedDisk(saved.id(), "drive0")).hasSameBinaryContentAs(raw);
            older.sh("echo after | dd of=%s conv=notrunc,fsync".formatted(disk(box, "drive0")));
            older.restore(saved.id());
            assertThat(older.sh("head -c 6 " + disk(box, "drive0"))).isEqualTo("before");
        } finally {
            Files.writeString(known, answers);
            lab.delete(box.name());
        }
    }

    @Test
    void a_mounted_directory_is_the_guests_own_copy_in_snapshots_too() throws Exception {
        Path host = Files.createDirectories(dir.resolve("host/sub")).getParent();
        Files.writeString(host.resolve("file"), "from the host");
        Files.writeString(host.resolve("sub/deep"), "deep");
        Box box = boot("mounts", List.of(), List.of(new MountRequest(host, "/work")));
        try {
            assertThat(box.sh("cat /work/file /work/sub/deep")).isEqualTo("from the hostdeep");
            box.sh("echo changed > /work/file; echo new > /work/new; rm /work/sub/deep; sync");
            assertThat(box.sh("cat /work/file /work/new")).isEqualTo("changed\nnew");
            assertThat(host.resolve("file")).hasContent("from the host");
            assertThat(host.resolve("sub/deep")).hasContent("deep");
            assertThat(host.resolve("new")).doesNotExist();

            SnapshotInfo full = box.save();
            SnapshotInfo disk = box.save(SnapshotType.DISK);
            box.sh("rm -r /work/file /work/new; sync");
            box.restore(full.id());
            assertThat(box.sh("cat /work/file /work/new")).isEqualTo("changed\nnew");
            box.sh("rm -r /work/new /work/sub; sync");
            // Boots, so it has to be mounted again.
            box.restore(disk.id());
            assertThat(box.sh("cat /work/file /work/new")).isEqualTo("changed\nnew");
            assertThat(box.info().mounts()).containsExactly(new MountRequest(host.toAbsolutePath(), "/work"));
        } finally {
            lab.delete(box.name());
        }
    }

    private Path data(String name) throws IOException {
        return data(name, 1);
    }

    private Path data(String name, int times) throws IOException {
        byte[] data = new byte[DATA];
        new Random(1).nextBytes(data);
        byte[] zero = "%512s".formatted("0").getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(zero, 0, data, (int) COUNTER, zero.length);
        Path file = dir.resolve(name);
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int i = 0; i < times; i++) {
                out.write(data);
            }
        }
        return file;
    }

    private static String disk(Box box, String serial) {
        return box.sh(DISK.formatted(serial));
    }

    private static long counted(Box box) {
        return box.number("cat /run/n 2>/dev/null || echo 0");
    }

    private static long fileCounter(Path raw) {
        try (RandomAccessFile file = new RandomAccessFile(raw.toFile(), "r")) {
            byte[] sector = new byte[512];
            file.seek(COUNTER);
            file.readFully(sector);
            return Long.parseLong(new String(sector, StandardCharsets.US_ASCII).strip());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private long savedCounter(SnapshotId snapshot, String disk) throws IOException {
        return fileCounter(savedDisk(snapshot, disk));
    }

    private List<String> layers(SnapshotId snapshot, String disk) throws IOException {
        return new SavedManifest(lab.vm().store().layout().snapshotManifest(snapshot))
                .body().list("disks", d -> d).stream()
                        .filter(d -> d.string("id").equals(disk))
                        .findFirst()
                        .orElseThrow()
                        .list("layers", l -> l.string("id"));
    }

    /** A disk that a snapshot holds in one layer, as a raw file. */
    private Path savedDisk(SnapshotId snapshot, String disk) throws IOException {
        List<String> layers = layers(snapshot, disk);
        assertThat(layers).hasSize(1);
        Path layer = lab.vm().store().layout().layers().resolve(layers.getFirst() + ".qcow2");
        return convert("qcow2", layer, "raw", snapshot + "-" + disk);
    }

    private Path convert(String from, Path file, String to, String name) {
        Path target = dir.resolve(name);
        convert(from, file, to, target);
        return target;
    }

    private static void convert(String from, Path file, String to, Path target) {
        Command.of("qemu-img", "convert", "-U", "-f", from, "-O", to, file.toString(), target.toString())
                .check();
    }

    private static Progress notes(List<String> told) {
        return new Progress() {
            @Override
            public void step(String what) {}

            @Override
            public void advance(long done, long total) {}

            @Override
            public void note(String text) {
                told.add(text);
            }
        };
    }

    /** Makes the first copy that begins go on for ever. */
    private static void slowDown(Monitor monitor) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (System.nanoTime() < end) {
            for (JsonFields job : jobs(monitor)) {
                monitor.execute(
                        "block-job-set-speed",
                        Json.object().put("device", job.string("id")).put("speed", 1));
                return;
            }
        }
        throw new AssertionError("no copy began");
    }

    private static List<JsonFields> jobs(Monitor monitor) throws IOException {
        return monitor.execute("query-jobs").list("return", j -> j);
    }
}

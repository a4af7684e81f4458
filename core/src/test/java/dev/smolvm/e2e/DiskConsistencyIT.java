package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.os.Command;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.StoreLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The file system of a guest that writes all the time is whole in every snapshot, judged by e2fsck outside the guest. */
@ExtendWith(LabExtension.class)
class DiskConsistencyIT {
    private static final String WRITERS =
            """
            mkdir /root/load
            head -c 400000 /dev/urandom > /dev/shm/data
            for i in 1 2 3; do
                (n=0; while :; do
                    n=$((n+1))
                    mkdir -p /root/load/dir$((n % 3))
                    dd if=/dev/shm/data of=/root/load/$i.next bs=40k count=$((n % 9 + 1)) conv=fsync
                    mv /root/load/$i.next /root/load/dir$((n % 3))/$i-$((n % 7))
                    [ $((n % 5)) != 0 ] || rm -rf /root/load/dir2
                    echo $n > /root/load/last$i
                    sync
                done) &
            done
            wait
            """;

    private final Lab lab;
    private final StoreLayout layout;

    @TempDir
    Path dir;

    DiskConsistencyIT(Lab lab) {
        this.lab = lab;
        this.layout = lab.vm().store().layout();
    }

    private Box loaded() throws InterruptedException {
        Box box = lab.fresh();
        box.background(WRITERS);
        Box.await("all write", () -> box.number("cat /root/load/last3 2>/dev/null || echo 0") > 5);
        return box;
    }

    @Test
    void a_full_snapshot_under_load_restores_to_a_whole_file_system() throws Exception {
        Box box = loaded();
        SnapshotInfo saved = box.save();
        long writesAtLeast = box.number("cat /root/load/last1");
        Thread.sleep(500);

        box.restore(saved.id());
        Box.await("it writes on", () -> box.number("cat /root/load/last1") > writesAtLeast + 5);
        assertThat(box.sh("dmesg | grep -iE 'EXT4-fs.*(error|warning|corrupt)|I/O error' || true"))
                .isEmpty();
        lab.vm().sandboxes().stop(box.name(), false);

        assertClean(OfflineDisk.ofSandbox(layout, box.name(), dir.resolve("stopped")));
        OfflineDisk atSnapshot = OfflineDisk.ofSnapshot(layout, saved.id(), dir.resolve("saved"));
        assertClean(atSnapshot.replayed(dir.resolve("replayed")));
    }

    @Test
    void a_synced_disk_snapshot_under_load_needs_not_even_its_journal() throws Exception {
        Box box = loaded();

        SnapshotInfo saved = box.save(SnapshotType.DISK);

        assertThat(saved.notes()).isEmpty();
        assertClean(OfflineDisk.ofSnapshot(layout, saved.id(), dir.resolve("saved")));
        long writes = box.number("cat /root/load/last1");
        Box.await("it writes on", () -> box.number("cat /root/load/last1") > writes + 5);
    }

    private static void assertClean(OfflineDisk disk) {
        Command.Result result = disk.check();
        String said = result.output() + result.errors();
        assertThat(result.exitCode()).as("%s", said).isZero();
        // It looks at the rest of a disk whose journal waits to be replayed, but says so.
        assertThat(said).doesNotContain("journal recovery");
    }
}

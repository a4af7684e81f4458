package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.faults.Injections;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.testing.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Snapshots and guests on a full disk: a store on a small tmpfs of its own, in a mount namespace that goes with the process,
 * so it needs no privilege and leaves nothing behind. What happens there is in {@link FullDisk}.
 */
@ExtendWith(LabExtension.class)
@Fault(Case.F07)
class FullDiskIT {
    private final Lab lab;

    @TempDir
    Path dir;

    FullDiskIT(Lab lab) {
        this.lab = lab;
    }

    @Test
    void full_disks_fail_with_no_space_and_lose_nothing() throws Exception {
        lab.fresh();
        Path mount = lab.home().resolveSibling("e2e-full-disk");
        Lab.discard(mount);
        DurableFiles.createDirectory(mount);
        List<String> namespace = List.of(
                "unshare",
                "--user",
                "--map-root-user",
                "--mount",
                "sh",
                "-c",
                "mount -t tmpfs -o size=700M,nr_inodes=400,mode=700 smolvm " + mount + " && exec \"$@\"",
                "sh");
        try (ChildJvm child = ChildJvm.startUnder(
                namespace,
                FullDisk.class,
                mount.resolve("store").toString(),
                lab.home().toString(),
                dir.resolve("drive.img").toString())) {
            StringBuilder said = new StringBuilder();
            for (String line = child.line(); line != null; line = child.line()) {
                said.append(line).append('\n');
                if (line.startsWith("seen: ")) {
                    Injections.record(
                            Case.F07,
                            "a full disk: " + line.substring("seen: ".length()),
                            "no space; the guest goes on");
                }
            }
            assertThat(child.awaitExit()).as("%s", said).isZero();
            assertThat(said.toString()).endsWith("all as expected\n");
        } finally {
            Files.delete(mount);
        }
    }
}

package dev.smolvm.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.os.ProcessesIn;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Processes that create, save, restore, stop and delete the same sandboxes and snapshots at random: each of them is done, or
 * is told that another one was there first. At the end nothing is left but what the manifests name, and all of it is intact.
 */
@Fault(Case.STORM)
class ConcurrencyIT {
    private static final int PROCESSES = Integer.getInteger("smolvm.test.storm.processes", 8);
    private static final Duration LENGTH =
            Duration.ofSeconds(Integer.getInteger("smolvm.test.storm.seconds", Form.of(45, 600)));
    private static final long SEED = Long.getLong("smolvm.test.storm.seed", Form.day());

    @Test
    void manyAtOnceSpoilNothing() throws Exception {
        try (Tool tool = Tool.open("--memory", "128M")) {
            for (int i = 0; i < StormCommand.SANDBOXES; i++) {
                tool.run("sandbox", "snapshot", "restore", Tool.BASE, "--resume", "--name", StormCommand.sandbox(i))
                        .succeeded();
            }
            Storm.Result result = Storm.run(tool, SEED, PROCESSES, LENGTH, Storm.log(SEED));
            result.seen().forEach((command, ends) -> {
                System.out.println(command + ": " + ends);
                ends.forEach((end, times) -> {
                    for (int i = 0; i < times; i++) {
                        Injections.record(Case.STORM, command, end);
                    }
                });
            });
            assertThat(result.wrong()).isEmpty();
            tool.run("sandbox", "list").succeeded();
            StoreCheck.assertClean(tool.layout(), "after the storm");
            tool.run("store", "check", "--data").succeeded();
            tool.run("sandbox", "snapshot", "verify", "--all").succeeded();
            nothingIsLeftOf(tool);
            survivorsRestore(tool);
        }
    }

    private static void nothingIsLeftOf(Tool tool) throws Exception {
        for (String sandbox : tool.sandboxes()) {
            if (tool.library().sandboxes().info(new SandboxName(sandbox)).status() == SandboxStatus.RUNNING) {
                Storm.inspect(tool, sandbox);
            }
            tool.run("sandbox", "delete", "--force", sandbox).succeeded();
        }
        assertThat(ProcessesIn.directory(tool.home())).isEmpty();
        StoreCheck.assertClean(tool.layout(), "after the sandboxes of the storm are deleted");
    }

    private static void survivorsRestore(Tool tool) {
        assertThat(StoreCheck.damaged(tool.library().store())).isEmpty();
        List<String> survivors = tool.snapshots();
        SandboxName name = new SandboxName("survivor");
        for (String id : survivors) {
            tool.library()
                    .snapshots()
                    .restore(
                            new RestoreRequest(new SnapshotId(id), true, true, java.util.Optional.of(name)),
                            Progress.NONE);
            Storm.inspect(tool, name.value());
            tool.library().sandboxes().delete(name, true);
        }
        System.out.println("survived and restored: " + survivors);
    }
}

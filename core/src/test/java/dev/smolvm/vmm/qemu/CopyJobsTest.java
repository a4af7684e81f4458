package dev.smolvm.vmm.qemu;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonParser;
import dev.smolvm.os.SparseCopy;
import dev.smolvm.vmm.DiskCopy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CopyJobsTest {
    private static final String JOB =
            "{\"id\": \"copy-drive0\", \"type\": \"backup\", \"status\": \"%s\", \"current-progress\": %d, \"total-progress\": 100%s}";

    @TempDir
    Path directory;

    private final List<String> asked = new CopyOnWriteArrayList<>();

    @Test
    void a_copy_is_complete_once_its_files_are_closed() throws Exception {
        List<String> told = new ArrayList<>();
        await(
                List.of(JOB.formatted("running", 10, ""), JOB.formatted("concluded", 100, "")),
                (done, total) -> told.add(done + "/" + total));
        assertThat(told).containsExactly("10/100", "100/100");
        assertThat(asked)
                .containsSubsequence(
                        "job-dismiss {\"id\":\"copy-drive0\"}",
                        "blockdev-del {\"node-name\":\"copy-drive0\"}",
                        "blockdev-del {\"node-name\":\"copyfile-drive0\"}")
                .noneMatch(a -> a.contains("root"));
    }

    @Test
    void a_full_disk_is_told_from_other_failures_and_nothing_stays_open() {
        String full = JOB.formatted("concluded", 50, ", \"error\": \"No space left on device\"");
        assertThat(kindOf(() -> await(List.of(full), SparseCopy.Listener.NONE))).isEqualTo(ErrorKind.NO_SPACE);
        assertThat(asked)
                .contains(
                        "blockdev-del {\"node-name\":\"copy-drive0\"}",
                        "blockdev-del {\"node-name\":\"copyfile-drive0\"}");
        String broken = JOB.formatted("concluded", 50, ", \"error\": \"Input/output error\"");
        assertThat(kindOf(() -> await(List.of(broken), SparseCopy.Listener.NONE)))
                .isEqualTo(ErrorKind.UNEXPECTED);
    }

    @Test
    void a_copy_that_is_gone_is_not_complete() {
        assertThat(kindOf(() -> await(List.of(JOB.formatted("running", 10, ""), ""), SparseCopy.Listener.NONE)))
                .isEqualTo(ErrorKind.UNEXPECTED);
    }

    private void await(List<String> jobs, SparseCopy.Listener listener) throws Exception {
        try (ScriptedPeer peer = new ScriptedPeer(directory, p -> qemu(p, jobs));
                QmpClient qmp = QmpClient.negotiate(peer.client(), "sandbox s", Duration.ofSeconds(5))) {
            DiskCopy copy = new DiskCopy("drive0", 4096, Path.of("/from"), Path.of("/to"));
            new CopyJobs(qmp, List.of(copy)).await(listener);
        } finally {
            java.nio.file.Files.deleteIfExists(directory.resolve("peer.sock"));
        }
    }

    private void qemu(ScriptedPeer peer, List<String> jobs) throws Exception {
        peer.greet();
        int questions = 0;
        for (String line = peer.hear(); line != null; line = peer.hear()) {
            JsonFields command = JsonFields.of(JsonParser.parse(line), "command");
            String name = command.string("execute");
            asked.add(name + " " + command.object("arguments").object().compact());
            String answer =
                    switch (name) {
                        case "query-jobs" -> "[" + jobs.get(Math.min(questions++, jobs.size() - 1)) + "]";
                        case "query-named-block-nodes" ->
                            "[{\"node-name\": \"copyfile-drive0\"}, {\"node-name\": \"root\"}, {\"node-name\": \"copy-drive0\"}]";
                        default -> "{}";
                    };
            peer.say("{\"return\": " + answer + ", \"id\": " + command.integer("id") + "}\n");
        }
    }
}

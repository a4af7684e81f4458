package dev.smolvm.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonParser;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveCaptureTest {
    private static final int QUESTIONS_BEFORE_THE_LAST_PASS = 3;

    @TempDir
    Path directory;

    /** What the scripted QEMU was asked to do, with the state of its migration then. */
    private final List<String> asked = new CopyOnWriteArrayList<>();

    /** QEMU 10.0 may end with a segmentation fault if it is cancelled in the middle of a pass. */
    @Test
    void aCaptureInTheMiddleOfAPassIsCancelledOnlyWhenQemuWaitsBeforeTheLastOne() throws Exception {
        abandon("active");

        assertThat(asked)
                .containsSubsequence("migrate-set-parameters while active", "migrate_cancel while pre-switchover");
        assertThat(asked).doesNotContain("migrate_cancel while active");
    }

    @Test
    void aCaptureThatIsAlreadyCompletingIsLeftToComplete() throws Exception {
        abandon("device");

        assertThat(asked).noneMatch(a -> a.startsWith("migrate_cancel"));
    }

    @Test
    void whereThereIsNoCaptureNothingIsDone() throws Exception {
        abandon("none");

        assertThat(asked)
                .containsExactly(
                        "query-jobs while none", "query-named-block-nodes while none", "query-migrate while none");
    }

    private void abandon(String status) throws Exception {
        try (ScriptedPeer peer = new ScriptedPeer(directory, p -> qemu(p, status));
                QmpClient qmp = QmpClient.negotiate(peer.client(), "sandbox s", Duration.ofSeconds(5))) {
            QemuBinary binary = new QemuBinary(Path.of("qemu"), "10.0.2", "pc-q35-10.0", true, true, true, true);
            new LiveCapture(qmp, binary, new LayerSwitch(qmp, List.of()), new CopyJobs(qmp, List.of())).abandon();
        }
    }

    private void qemu(ScriptedPeer peer, String before) throws Exception {
        peer.greet();
        String status = before;
        int questions = 0;
        for (String line = peer.hear(); line != null; line = peer.hear()) {
            JsonFields command = JsonFields.of(JsonParser.parse(line), "command");
            String name = command.string("execute");
            asked.add(name + " while " + status);
            String answer = "{}";
            switch (name) {
                case "query-migrate" -> {
                    answer = "{\"status\": \"" + status + "\"}";
                    if (++questions == QUESTIONS_BEFORE_THE_LAST_PASS) {
                        status = status.equals("active") ? "pre-switchover" : "completed";
                    }
                }
                case "migrate_cancel" -> status = "cancelled";
                case "query-jobs", "query-named-block-nodes" -> answer = "[]";
                case "query-status" -> answer = "{\"status\": \"running\"}";
                default -> {}
            }
            peer.say("{\"return\": " + answer + ", \"id\": " + command.integer("id") + "}\n");
        }
    }
}

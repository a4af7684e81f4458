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

class MigrationTest {
    @TempDir
    Path directory;

    /** The goals that the scripted QEMU was told, in milliseconds. */
    private final List<Long> goals = new CopyOnWriteArrayList<>();

    @Test
    void aGuestThatIsSavedInAFewPassesIsHeldToTheStrictGoal() throws Exception {
        awaitLastPassAfter(6);
        assertThat(goals).isEmpty();
    }

    @Test
    void aGuestThatChangesMoreIsStoppedWithMoreLeftToWriteAndToldOnce() throws Exception {
        awaitLastPassAfter(9);
        assertThat(goals).containsExactly(10L);
    }

    private void awaitLastPassAfter(int passes) throws Exception {
        try (ScriptedPeer peer = new ScriptedPeer(directory, p -> qemu(p, passes));
                QmpClient qmp = QmpClient.negotiate(peer.client(), "sandbox s", Duration.ofSeconds(5))) {
            new Migration(qmp).awaitLastPass();
            // Whatever it still had to say has been answered by then.
            qmp.execute("query-status");
        }
    }

    private void qemu(ScriptedPeer peer, int passes) throws Exception {
        peer.greet();
        event(peer, "MIGRATION", "\"status\": \"active\"");
        for (int pass = 1; pass <= passes; pass++) {
            event(peer, "MIGRATION_PASS", "\"pass\": " + pass);
        }
        event(peer, "MIGRATION", "\"status\": \"pre-switchover\"");
        for (String line = peer.hear(); line != null; line = peer.hear()) {
            JsonFields command = JsonFields.of(JsonParser.parse(line), "command");
            if (command.string("execute").equals("migrate-set-parameters")) {
                goals.add(command.object("arguments").integer("downtime-limit"));
            }
            peer.say("{\"return\": {}, \"id\": " + command.integer("id") + "}\n");
        }
    }

    private static void event(ScriptedPeer peer, String name, String data) throws Exception {
        peer.say("{\"event\": \"" + name + "\", \"data\": {" + data
                + "}, \"timestamp\": {\"seconds\": 1, \"microseconds\": 2}}\n");
    }
}

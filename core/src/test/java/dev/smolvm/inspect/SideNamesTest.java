package dev.smolvm.inspect;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.sandbox.SandboxRecords;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SideNamesTest {
    @TempDir
    Path directory;

    private Store store;
    private SideNames names;

    @BeforeEach
    void open() throws IOException {
        store = Store.open(directory.resolve("store"), Duration.ofMillis(50));
        names = new SideNames(new SnapshotRecords(store), new SandboxRecords(store));
        snapshot("both");
        sandbox("both");
        snapshot("web-1");
        sandbox("web");
        snapshot("clean-1");
        snapshot("clean-2");
    }

    private void snapshot(String id) throws IOException {
        Files.createDirectory(store.layout().snapshot(new SnapshotId(id)));
    }

    private void sandbox(String name) throws IOException {
        Path record = store.layout().sandboxFile(new SandboxName(name));
        Files.createDirectory(record.getParent());
        Files.writeString(record, "{}");
    }

    @Test
    void a_snapshot_goes_before_a_sandbox_of_the_same_name() {
        assertThat(names.resolve("both")).isEqualTo(new Side.OfSnapshot(new SnapshotId("both")));
        assertThat(names.resolve("sandbox:both")).isEqualTo(new Side.OfSandbox(new SandboxName("both")));
        assertThat(names.resolve("snapshot:both")).isEqualTo(new Side.OfSnapshot(new SnapshotId("both")));
    }

    @Test
    void a_whole_name_goes_before_the_beginning_of_another() {
        assertThat(names.resolve("web")).isEqualTo(new Side.OfSandbox(new SandboxName("web")));
        assertThat(names.resolve("snapshot:web")).isEqualTo(new Side.OfSnapshot(new SnapshotId("web-1")));
        assertThat(names.resolve("clean-1")).isEqualTo(new Side.OfSnapshot(new SnapshotId("clean-1")));
    }

    @Test
    void what_is_unclear_or_unknown_is_refused() {
        assertThat(kindOf(() -> names.resolve("clean"))).isEqualTo(ErrorKind.CONFLICT);
        assertThat(kindOf(() -> names.resolve("nothing"))).isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(kindOf(() -> names.resolve("sandbox:clean-1"))).isEqualTo(ErrorKind.NOT_FOUND);
        for (String bad : new String[] {"", "../up", "Big", "snapshot:", "sandbox:../up", "a:b", "\n"}) {
            assertThat(kindOf(() -> names.resolve(bad))).as(bad).isEqualTo(ErrorKind.USAGE);
        }
    }
}

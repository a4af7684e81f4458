package dev.smolvm.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.store.VmmProcesses;
import dev.smolvm.vmm.HostTools;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortForwardsTest {
    @TempDir
    Path directory;

    private Path run;
    private Process process;
    private PortForwards forwards;

    @BeforeEach
    void start() throws Exception {
        run = Files.createDirectories(directory.resolve("box/vm/run-1"));
        process = new ProcessBuilder("sleep", "60").start();
        forwards = new PortForwards(run, identity(), new HostTools(directory));
    }

    @AfterEach
    void end() {
        process.destroyForcibly();
    }

    private ProcessIdentity identity() {
        return ProcessIdentity.of(process.pid()).orElseThrow();
    }

    @Test
    void closing_a_port_ends_the_process_that_was_remembered() throws Exception {
        Path file = StoreLayout.forwardFile(run, 8080);
        VmmProcesses.remember(identity(), file);
        forwards.close(8081);
        assertThat(process.isAlive()).isTrue();
        forwards.close(8080);
        assertThat(process.waitFor(5, TimeUnit.SECONDS)).isTrue();
        assertThat(file).doesNotExist();
        forwards.close(8080);
    }

    /** Else a VMM that was broken into could have any process of the user's killed. */
    @Test
    void what_the_vmm_writes_into_its_directory_names_no_process() throws Exception {
        String said = process.pid() + " " + identity().startTicks();
        for (String name : new String[] {"forward-8080", "run-1.forward-8080.pid"}) {
            Files.writeString(run.resolve(name), said);
            Files.writeString(run.resolveSibling(name), said + " " + identity().bootId());
        }
        forwards.close(8080);
        assertThat(process.waitFor(100, TimeUnit.MILLISECONDS)).isFalse();
    }
}

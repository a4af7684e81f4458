package dev.smolvm.bench.peer.libvirt;

import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.Recorder;
import dev.smolvm.bench.scenario.Create;
import dev.smolvm.sandbox.SandboxRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Boots a domain with an empty layer on the image's disk. That {@code virsh create} has returned says only that there is a
 * process, while ours waits for the guest; so only the first command can be compared.
 */
final class Boots extends DomainContender {
    private Path image;

    Boots(Lab lab) {
        super("virsh create", lab, SandboxRequest.DEFAULT_MEMORY_MIB);
    }

    @Override
    void prepare(Domain ready) {
        image = ready.disk();
    }

    @Override
    public void round(Recorder recorder) throws IOException {
        long start = System.nanoTime();
        Path disk = domain().writesAbove(image);
        domain().create();
        domain().firstCommand();
        recorder.since(start, Create.FIRST_COMMAND);
        domain().destroy();
        Files.delete(disk);
    }
}

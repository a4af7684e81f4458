package dev.smolvm.bench.peer.libvirt;

import dev.smolvm.bench.lab.GuestShell;
import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.Recorder;
import dev.smolvm.bench.scenario.Restore;
import dev.smolvm.bench.scenario.Shape;
import java.io.IOException;

/** Brings a saved domain back, again and again. */
final class Restores extends DomainContender {
    private final Way way;
    private final Shape shape;
    private Way.Saved saved;

    Restores(Way way, Lab lab, Shape shape) {
        super(way.words(), lab, shape.memoryMib());
        this.way = way;
        this.shape = shape;
    }

    @Override
    void prepare(Domain ready) throws IOException {
        ready.start();
        ready.run(GuestShell.filling(shape.filledMib()));
        saved = way.save(ready);
        ready.destroy();
    }

    @Override
    public void round(Recorder recorder) throws IOException {
        Way.Restore restore = way.restorer(domain(), saved);
        long start = System.nanoTime();
        restore.run();
        recorder.since(start, Restore.RUNNING);
        domain().firstCommand();
        recorder.since(start, Restore.FIRST_COMMAND);
        domain().destroy();
    }
}

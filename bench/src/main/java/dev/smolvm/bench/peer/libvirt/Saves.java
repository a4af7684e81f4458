package dev.smolvm.bench.peer.libvirt;

import dev.smolvm.bench.lab.GuestShell;
import dev.smolvm.bench.lab.Heartbeat;
import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.Recorder;
import dev.smolvm.bench.scenario.SaveSnapshot;
import dev.smolvm.bench.scenario.Shape;
import java.io.IOException;

/** Saves a domain that runs, and lets it go on where it ends with that. Between rounds it stands still. */
final class Saves extends DomainContender {
    private final Way way;
    private final Shape shape;
    private Heartbeat heartbeat;

    Saves(Way way, Lab lab, Shape shape) {
        super(way.words(), lab, shape.memoryMib());
        this.way = way;
        this.shape = shape;
    }

    @Override
    void prepare(Domain ready) throws Exception {
        ready.start();
        ready.run(GuestShell.filling(shape.filledMib()));
        ready.run(SaveSnapshot.DISK_LOAD);
        heartbeat = Heartbeat.of(ready::connect);
        heartbeat.awaitBeat();
        ready.suspend();
    }

    @Override
    public void round(Recorder recorder) throws Exception {
        Domain guest = domain();
        guest.resume();
        heartbeat.awaitBeat();
        Way.Saved saved = way.endsGuest() ? saveAndContinue(guest, recorder) : saveMeanwhile(guest, recorder);
        guest.suspend();
        way.forget(guest, saved);
    }

    private Way.Saved saveMeanwhile(Domain guest, Recorder recorder) throws Exception {
        Way.Saved[] saved = new Way.Saved[1];
        double gap = heartbeat.longestGapDuring(() -> {
            long start = System.nanoTime();
            saved[0] = way.save(guest);
            recorder.since(start, SaveSnapshot.TOTAL);
        });
        recorder.add(SaveSnapshot.PAUSE_SEEN, gap);
        return saved[0];
    }

    /** What a guest that goes on afterwards has as its gap: from its last beat to its first one. */
    private Way.Saved saveAndContinue(Domain guest, Recorder recorder) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Way.Saved saved = way.save(guest);
        recorder.since(start, SaveSnapshot.TOTAL);
        long last = heartbeat.lastBeat();
        way.resume(guest, saved);
        heartbeat = Heartbeat.of(guest::connect);
        recorder.add(SaveSnapshot.PAUSE_SEEN, (heartbeat.awaitBeat() - last) / 1e6);
        return saved;
    }
}

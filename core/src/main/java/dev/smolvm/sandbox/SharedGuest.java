package dev.smolvm.sandbox;

import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.Frozen;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.Pong;
import dev.smolvm.guest.Rejuvenation;
import dev.smolvm.guest.TransferListener;
import dev.smolvm.guest.Trimmed;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** A session with a guest that other commands may take away; see {@link Interference}. */
record SharedGuest(Guest guest, Interference interference) implements Guest {
    @Override
    public Pong ping(Duration deadline) {
        return interference.explained(() -> guest.ping(deadline));
    }

    @Override
    public ExecResult exec(ExecRequest request, ExecIo io) {
        return interference.watched(guest, () -> guest.exec(request, io));
    }

    @Override
    public void upload(Path local, String guestPath, boolean recursive, TransferListener listener) throws IOException {
        interference.watch(guest, () -> guest.upload(local, guestPath, recursive, listener));
    }

    @Override
    public void download(String guestPath, Path local, boolean recursive, TransferListener listener)
            throws IOException {
        interference.watch(guest, () -> guest.download(guestPath, local, recursive, listener));
    }

    @Override
    public void sync(Duration deadline) {
        interference.explain(() -> guest.sync(deadline));
    }

    @Override
    public Frozen freeze(Duration watchdog, Duration deadline) {
        return interference.explained(() -> guest.freeze(watchdog, deadline));
    }

    @Override
    public Trimmed trim(long untouched, Duration time) {
        return interference.explained(() -> guest.trim(untouched, time));
    }

    @Override
    public void rejuvenate(Rejuvenation rejuvenation, Duration deadline) {
        interference.explain(() -> guest.rejuvenate(rejuvenation, deadline));
    }

    @Override
    public void mount(String serial, String directory, String fileSystem, boolean readOnly, Duration deadline) {
        interference.explain(() -> guest.mount(serial, directory, fileSystem, readOnly, deadline));
    }

    @Override
    public void shutdown(boolean reboot, Duration deadline) {
        interference.explain(() -> guest.shutdown(reboot, deadline));
    }

    @Override
    public void close() {
        guest.close();
    }
}

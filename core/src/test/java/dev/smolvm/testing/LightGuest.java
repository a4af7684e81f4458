package dev.smolvm.testing;

import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.Frozen;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.Pong;
import dev.smolvm.guest.Rejuvenation;
import dev.smolvm.guest.TransferListener;
import dev.smolvm.guest.Trimmed;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/** A guest that does at once whatever it is asked. */
public class LightGuest implements Guest {
    @Override
    public Pong ping(Duration deadline) {
        return new Pong(Instant.now(), Duration.ZERO);
    }

    @Override
    public ExecResult exec(ExecRequest request, ExecIo io) {
        return new ExecResult.Exited(0);
    }

    @Override
    public void upload(Path local, String guestPath, boolean recursive, TransferListener listener) {}

    @Override
    public void download(String guestPath, Path local, boolean recursive, TransferListener listener) {}

    @Override
    public void sync(Duration deadline) {}

    @Override
    public Frozen freeze(Duration watchdog, Duration deadline) {
        return new Frozen() {
            @Override
            public int frozen() {
                return 1;
            }

            @Override
            public int flushed() {
                return 0;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Trimmed trim(long untouched, Duration time) {
        return new Trimmed(0, 0);
    }

    @Override
    public void rejuvenate(Rejuvenation rejuvenation, Duration deadline) {}

    @Override
    public void mount(String serial, String directory, String fileSystem, boolean readOnly, Duration deadline) {}

    @Override
    public void shutdown(boolean reboot, Duration deadline) {}

    @Override
    public void close() {}
}

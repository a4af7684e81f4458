package dev.smolvm.cli.fake;

import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.Frozen;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.Pong;
import dev.smolvm.guest.Rejuvenation;
import dev.smolvm.guest.TerminalSize;
import dev.smolvm.guest.TransferListener;
import dev.smolvm.guest.Trimmed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A guest whose every command answers the same. */
public final class FakeGuest implements Guest {
    /** What a command does in this guest. */
    @FunctionalInterface
    public interface Behaviour {
        ExecResult run(ExecRequest request, ExecIo io) throws IOException;
    }

    public final List<ExecRequest> commands = new ArrayList<>();
    public final List<Integer> signals = new ArrayList<>();
    public final List<TerminalSize> sizes = new ArrayList<>();
    public Behaviour behaviour = (request, io) -> new ExecResult.Exited(0);
    public boolean closed;

    /** Passes its input on, complains once, and ends with this code. */
    public void echo(int exitCode) {
        behaviour = (request, io) -> {
            io.stdin().transferTo(io.stdout());
            io.stderr().write("complaint\n".getBytes(StandardCharsets.UTF_8));
            return new ExecResult.Exited(exitCode);
        };
    }

    @Override
    public ExecResult exec(ExecRequest request, ExecIo io) {
        commands.add(request);
        io.controls().accept(new ExecIo.Controls() {
            @Override
            public void signal(int number) {
                signals.add(number);
            }

            @Override
            public void resize(TerminalSize size) {
                sizes.add(size);
            }
        });
        try {
            return behaviour.run(request, io);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void upload(Path local, String guestPath, boolean recursive, TransferListener listener) {
        listener.moved(local.toString(), 1000);
        listener.moved(local.toString(), 24);
    }

    @Override
    public void download(String guestPath, Path local, boolean recursive, TransferListener listener) {
        listener.moved(guestPath, 5);
    }

    @Override
    public Pong ping(Duration deadline) {
        throw new AssertionError();
    }

    @Override
    public void sync(Duration deadline) {
        throw new AssertionError();
    }

    @Override
    public Frozen freeze(Duration watchdog, Duration deadline) {
        throw new AssertionError();
    }

    @Override
    public Trimmed trim(long untouched, Duration time) {
        throw new AssertionError();
    }

    @Override
    public void rejuvenate(Rejuvenation rejuvenation, Duration deadline) {
        throw new AssertionError();
    }

    @Override
    public void mount(String serial, String directory, String fileSystem, boolean readOnly, Duration deadline) {
        throw new AssertionError();
    }

    @Override
    public void shutdown(boolean reboot, Duration deadline) {
        throw new AssertionError();
    }

    @Override
    public void close() {
        closed = true;
    }
}

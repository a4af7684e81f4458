package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.session.Session;
import dev.smolvm.cli.session.Signals.Subscription;
import dev.smolvm.cli.session.Surroundings;
import dev.smolvm.cli.session.TerminalModes;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.TerminalSize;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Joins a command in a guest to this process: streams, signals and, where it has one, the terminal. */
final class GuestCommand {
    private static final int SIGPIPE = 13;

    private final Session session;

    GuestCommand(Session session) {
        this.session = session;
    }

    ExecResult run(Guest guest, ExecRequest request) throws IOException {
        session.out().flush();
        return request.terminal().isPresent() ? onTerminal(guest, request) : streamed(guest, request, controls -> {});
    }

    private ExecResult onTerminal(Guest guest, ExecRequest request) throws IOException {
        Surroundings surroundings = session.surroundings();
        TerminalModes modes = surroundings.terminalModes();
        try (TerminalModes.Raw raw = modes.raw();
                Subscription restored = surroundings.signals().beforeHalt(raw::close);
                Resizing resizing = new Resizing(modes)) {
            return streamed(guest, request, controls -> resizing.follow(surroundings, controls));
        }
    }

    private ExecResult streamed(
            Guest guest, ExecRequest request, java.util.function.Consumer<ExecIo.Controls> started) {
        Surroundings surroundings = session.surroundings();
        Pipe out = new Pipe(surroundings.out());
        try (Forwarding forwarding = new Forwarding()) {
            return guest.exec(request, new ExecIo(surroundings.in(), out, surroundings.err(), controls -> {
                forwarding.begin(surroundings, controls);
                started.accept(controls);
            }));
        } catch (SmolVmException e) {
            if (out.broken) {
                return new ExecResult.Killed(SIGPIPE);
            }
            throw e;
        }
    }

    /** Knows whether its reader has gone, as that of {@code | head} does: no failure, but the end, as with any command. */
    private static final class Pipe extends FilterOutputStream {
        private boolean broken;

        Pipe(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                broken = String.valueOf(e.getMessage()).contains("Broken pipe");
                throw e;
            }
        }

        @Override
        public void flush() throws IOException {
            try {
                out.flush();
            } catch (IOException e) {
                broken = String.valueOf(e.getMessage()).contains("Broken pipe");
                throw e;
            }
        }
    }

    /** The first signal is the guest's; see {@link dev.smolvm.cli.session.Signals} for the second. */
    private static final class Forwarding implements AutoCloseable {
        private volatile Subscription subscription = () -> {};

        void begin(Surroundings surroundings, ExecIo.Controls controls) {
            subscription = surroundings.signals().forward(number -> {
                try {
                    controls.signal(number);
                } catch (IOException e) {
                    // The session is gone, which the thread that waits for the command is being told too.
                }
            });
        }

        @Override
        public void close() {
            subscription.close();
        }
    }

    private static final class Resizing implements AutoCloseable {
        private final TerminalModes modes;
        private volatile Subscription subscription = () -> {};

        Resizing(TerminalModes modes) {
            this.modes = modes;
        }

        void follow(Surroundings surroundings, ExecIo.Controls controls) {
            subscription = surroundings.signals().onResize(() -> {
                try {
                    TerminalSize size = modes.size();
                    controls.resize(size);
                } catch (IOException e) {
                    // A guest that missed a resize still works; one that is gone is reported by the waiting thread.
                }
            });
        }

        @Override
        public void close() {
            subscription.close();
        }
    }
}

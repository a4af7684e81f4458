package dev.smolvm.guest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.function.Consumer;

/**
 * Where a command's streams go. {@code stdin} is read on a thread of its own; no read begins after the command
 * ended, and one that still waits then is interrupted.
 *
 * @param controls called once the command runs, with the means to signal it and to resize its terminal from other threads
 */
public record ExecIo(InputStream stdin, OutputStream stdout, OutputStream stderr, Consumer<Controls> controls) {
    /** No input at all; known to sessions, which then need no thread to read it. */
    public static final InputStream NO_INPUT = InputStream.nullInputStream();

    /** Acts on a running command from any thread. */
    public interface Controls {
        /** @param number a Linux signal number, such as 2 for SIGINT */
        void signal(int number) throws IOException;

        void resize(TerminalSize size) throws IOException;
    }

    public static ExecIo of(InputStream stdin, OutputStream stdout, OutputStream stderr) {
        return new ExecIo(stdin, stdout, stderr, c -> {});
    }

    /** No input; output is thrown away. */
    public static ExecIo none() {
        return of(NO_INPUT, OutputStream.nullOutputStream(), OutputStream.nullOutputStream());
    }
}

package dev.smolvm.cli.output;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/** Remembers what could not be written, of which a {@link java.io.PrintStream} says nothing. */
public final class StandardOutput extends OutputStream {
    private final OutputStream out;
    private IOException failure;

    public StandardOutput(OutputStream out) {
        this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (failure != null) {
            // What follows a gap would be taken for all there is.
            throw failure;
        }
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    /** Why something was lost; empty also where the reader has gone, as that of {@code | head} does: it wanted no more. */
    public Optional<IOException> lost() {
        return Optional.ofNullable(failure)
                .filter(e -> !String.valueOf(e.getMessage()).contains("Broken pipe"));
    }

    /** Whether it was this that ended a command. */
    public boolean ended(Throwable thrown) {
        return failure != null && thrown == failure;
    }
}

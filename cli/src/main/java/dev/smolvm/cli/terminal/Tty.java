package dev.smolvm.cli.terminal;

import dev.smolvm.cli.session.TerminalModes;
import dev.smolvm.guest.TerminalSize;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** The terminal on stdin, or another of the standard streams where only its size is asked for, through the C library: four calls, where a terminal library would be two more jars to load. */
public final class Tty implements TerminalModes {
    private static final int STDIN = 0;
    private static final int[] STREAMS = {STDIN, 1};
    /** {@code struct termios} is 60 bytes on Linux; its content is nobody's business here. */
    private static final int TERMIOS_ROOM = 256;

    private static final int TCSADRAIN = 1;
    private static final long TIOCGWINSZ = 0x5413;
    private static final long WINSIZE_BYTES = 8;
    private static final TerminalSize USUAL = new TerminalSize(24, 80);

    @Override
    public TerminalSize size() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(WINSIZE_BYTES);
            for (int stream : STREAMS) {
                if ((int) Calls.IOCTL.invokeExact(stream, TIOCGWINSZ, size) == 0) {
                    int rows = Short.toUnsignedInt(size.get(ValueLayout.JAVA_SHORT, 0));
                    int columns = Short.toUnsignedInt(size.get(ValueLayout.JAVA_SHORT, 2));
                    return rows == 0 || columns == 0 ? USUAL : new TerminalSize(rows, columns);
                }
            }
            return USUAL;
        } catch (Throwable e) {
            throw failed("ask for the terminal's size", e);
        }
    }

    @Override
    public Raw raw() throws IOException {
        Arena arena = Arena.ofShared();
        try {
            MemorySegment before = arena.allocate(TERMIOS_ROOM);
            if ((int) Calls.TCGETATTR.invokeExact(STDIN, before) != 0) {
                throw new IOException("standard input is not a terminal");
            }
            MemorySegment raw = arena.allocate(TERMIOS_ROOM).copyFrom(before);
            Calls.CFMAKERAW.invokeExact(raw);
            set(raw);
            return () -> {
                try {
                    set(before);
                } catch (IOException e) {
                    // The terminal is gone: there is nothing left to put back.
                }
            };
        } catch (Throwable e) {
            throw failed("switch the terminal to raw mode", e);
        }
    }

    private static void set(MemorySegment termios) throws IOException {
        try {
            if ((int) Calls.TCSETATTR.invokeExact(STDIN, TCSADRAIN, termios) != 0) {
                throw new IOException("tcsetattr failed");
            }
        } catch (Throwable e) {
            throw failed("set the terminal's mode", e);
        }
    }

    private static IOException failed(String operation, Throwable cause) {
        return cause instanceof IOException e ? e : new IOException(operation + ": " + cause, cause);
    }

    /** Linked when first used. */
    private static final class Calls {
        private static final Linker LINKER = Linker.nativeLinker();
        static final MethodHandle TCGETATTR = handle(
                "tcgetattr", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
        static final MethodHandle TCSETATTR = handle(
                "tcsetattr",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
        static final MethodHandle CFMAKERAW = handle("cfmakeraw", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
        static final MethodHandle IOCTL = handle(
                "ioctl",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS),
                Linker.Option.firstVariadicArg(2));

        private static MethodHandle handle(String name, FunctionDescriptor type, Linker.Option... options) {
            return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type, options);
        }
    }
}

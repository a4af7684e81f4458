package dev.smolvm.os;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** The few system calls the JDK lacks, through the foreign-function API. Linux, 64 bit. */
final class Libc {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURED.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle OPEN = handle(
            "open",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle CLOSE =
            handle("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle LSEEK = handle(
            "lseek",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
    private static final MethodHandle FALLOCATE = handle(
            "fallocate",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG));
    private static final MethodHandle STRERROR = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("strerror"),
            FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT));

    private static final MethodHandle FTRUNCATE = handle(
            "ftruncate", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
    private static final MethodHandle IOCTL = handle(
            "ioctl",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2));

    private static final MethodHandle STATX = handle(
            "statx",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS));

    /** _IOW(0x94, 9, int), linux/fs.h */
    private static final long FICLONE = 0x40049409L;

    private static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int STATX_INO = 0x100;
    private static final int STATX_BLOCKS = 0x400;
    private static final int STATX_BYTES = 256;
    private static final int BLOCK = 512;

    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    static final int O_CLOEXEC = 0x80000;
    static final int O_DIRECTORY = 0x10000;
    static final int O_NOFOLLOW = 0x20000;
    static final int O_PATH = 0x200000;
    static final int ENXIO = 6;
    static final int EOPNOTSUPP = 95;

    private Libc() {}

    /** A failed call: {@code errno} and its text. */
    static final class ErrnoException extends IOException {
        private static final long serialVersionUID = 1L;
        private final int errno;

        ErrnoException(String call, int errno) {
            super(call + ": " + message(errno));
            this.errno = errno;
        }

        int errno() {
            return errno;
        }
    }

    static int open(String path, int flags) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURED);
            int fd = (int) OPEN.invokeExact(state, arena.allocateFrom(path), flags | O_CLOEXEC, 0);
            return (int) checked("open " + path, fd, state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    static void close(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            int ignored = (int) CLOSE.invokeExact(arena.allocate(CAPTURED), fd);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    static long lseek(int fd, long offset, int whence) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURED);
            return checked("lseek", (long) LSEEK.invokeExact(state, fd, offset, whence), state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    static void fallocate(int fd, int mode, long offset, long length) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURED);
            int result = (int) FALLOCATE.invokeExact(state, fd, mode, offset, length);
            checked("fallocate", result, state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    static void ftruncate(int fd, long size) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURED);
            int result = (int) FTRUNCATE.invokeExact(state, fd, size);
            checked("ftruncate", result, state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Makes a file share another one's blocks; false where their file system cannot, or they lie on two. */
    static boolean ficlone(int target, int source) {
        try (Arena arena = Arena.ofConfined()) {
            int result = (int) IOCTL.invokeExact(arena.allocate(CAPTURED), target, FICLONE, source);
            return result == 0;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** statx(2); the offsets are those of struct statx. */
    static DiskSpace blocks(String path) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURED);
            MemorySegment answer = arena.allocate(STATX_BYTES, Long.BYTES);
            int result = (int) STATX.invokeExact(
                    state, AT_FDCWD, arena.allocateFrom(path), AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BLOCKS, answer);
            checked("statx " + path, result, state);
            return new DiskSpace(
                    answer.get(ValueLayout.JAVA_LONG, 136),
                    answer.get(ValueLayout.JAVA_LONG, 32),
                    answer.get(ValueLayout.JAVA_LONG, 48) * BLOCK);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    private static long checked(String call, long result, MemorySegment state) throws ErrnoException {
        if (result < 0) {
            throw new ErrnoException(call, (int) ERRNO.get(state, 0L));
        }
        return result;
    }

    private static String message(int errno) {
        try {
            MemorySegment text = (MemorySegment) STRERROR.invokeExact(errno);
            return text.reinterpret(256).getString(0);
        } catch (Throwable e) {
            return "error " + errno;
        }
    }

    private static RuntimeException rethrow(Throwable e) throws ErrnoException {
        switch (e) {
            case ErrnoException errno -> throw errno;
            case RuntimeException runtime -> throw runtime;
            case Error error -> throw error;
            default -> throw new IllegalStateException(e);
        }
    }

    private static MethodHandle handle(String name, FunctionDescriptor descriptor, Linker.Option... more) {
        Linker.Option[] options = java.util.Arrays.copyOf(more, more.length + 1);
        options[more.length] = Linker.Option.captureCallState("errno");
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, options);
    }
}

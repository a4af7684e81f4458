package dev.smolvm.bench.function;

import dev.smolvm.os.SparseCopy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A copy of 64 blocks of 1 MiB with a hole behind each; the floor copies as much data without holes. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
public class SparseCopyFunction {
    /** Fits into a processor's cache. */
    private static final int PART = 256 << 10;

    private final ByteBuffer part = ByteBuffer.allocateDirect(PART);
    private Path sparse;
    private Path dense;
    private Path target;

    @Setup
    public void write() throws IOException {
        sparse = WorkFile.of(64, 2);
        dense = WorkFile.of(64, 1);
        target = WorkFile.of(0, 1);
    }

    @TearDown
    public void remove() throws IOException {
        Files.delete(sparse);
        Files.delete(dense);
        Files.delete(target);
    }

    private FileChannel emptied() throws IOException {
        return FileChannel.open(target, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
    }

    @Benchmark
    public void ours() throws IOException {
        emptied().close();
        SparseCopy.copy(sparse, target, SparseCopy.Listener.NONE);
    }

    @Benchmark
    public void floor() throws IOException {
        try (FileChannel in = FileChannel.open(dense);
                FileChannel out = emptied()) {
            while (in.read(part.clear()) >= 0) {
                out.write(part.flip());
            }
        }
    }
}

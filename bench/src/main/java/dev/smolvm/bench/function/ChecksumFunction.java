package dev.smolvm.bench.function;

import dev.smolvm.store.Checksum;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The checksum of a file that is all data. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
public class ChecksumFunction {
    private static final int BLOCKS = 64;

    private final byte[] block = new byte[1 << 20];
    private Path file;

    @Setup
    public void write() throws IOException {
        file = WorkFile.of(BLOCKS, 1);
    }

    @TearDown
    public void remove() throws IOException {
        Files.delete(file);
    }

    @Benchmark
    public Checksum ours() throws IOException {
        return Checksum.of(file);
    }

    /** SHA-256 of as much that is in memory already, by all processors. */
    @Benchmark
    public long floor() {
        return IntStream.range(0, BLOCKS)
                .parallel()
                .mapToLong(_ -> sha256().digest(block)[0])
                .sum();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

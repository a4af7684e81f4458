package dev.smolvm.bench.function;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/** Files that functions work on. They lie where the JVM's temporary files do, in the page cache. */
final class WorkFile {
    private static final int BLOCK = 1 << 20;

    private WorkFile() {}

    /**
     * With so many blocks of 1 MiB of random bytes.
     *
     * @param stride 1: one behind another; 2: with a hole of a block behind each
     */
    static Path of(int blocks, int stride) throws IOException {
        Path file = Files.createTempFile("smolvm-bench-", "");
        file.toFile().deleteOnExit();
        byte[] block = new byte[BLOCK];
        Random random = new Random(1);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (int i = 0; i < blocks; i++) {
                random.nextBytes(block);
                channel.write(ByteBuffer.wrap(block), (long) i * stride * BLOCK);
            }
            channel.force(true);
        }
        return file;
    }
}

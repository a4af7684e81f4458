package dev.smolvm.guest.agent;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A command's output out of what came from the guest; here because the frames are the package's own. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
public class FrameFunction {
    private static final int FRAMES = 64;
    private static final int PAYLOAD = 8 << 10;
    /** {@link GuestFrame.Output} on standard output. */
    private static final int OUTPUT = 0x84;

    private final ByteBuffer received = received();

    private static ByteBuffer received() {
        ByteBuffer bytes =
                ByteBuffer.allocate(FRAMES * (HostFrame.HEADER_BYTES + PAYLOAD)).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < FRAMES; i++) {
            bytes.putInt(OUTPUT).putInt(PAYLOAD).put(new byte[PAYLOAD]);
        }
        return bytes.flip();
    }

    /** Returns how many frames there were. */
    @Benchmark
    public int ours() throws ProtocolException {
        received.rewind();
        int frames = 0;
        while (GuestFrameDecoder.next(received) != null) {
            frames++;
        }
        if (frames != FRAMES) {
            throw new IllegalStateException(frames + " frames");
        }
        return frames;
    }

    /** The lengths alone. */
    @Benchmark
    public int floor() {
        received.rewind();
        int bytes = 0;
        while (received.hasRemaining()) {
            int length = received.getInt(received.position() + Integer.BYTES);
            received.position(received.position() + HostFrame.HEADER_BYTES + length);
            bytes += length;
        }
        return bytes;
    }
}

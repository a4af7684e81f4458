package dev.smolvm.guest.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;

class GuestFrameDecoderTest {
    private static ByteBuffer buffer(byte... bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Example
    void nopsBetweenFramesAreSkipped() throws Exception {
        ByteBuffer bytes = buffer(FakeAgent.join(new byte[3], FakeAgent.bytes(0x8B), new byte[70_000]));
        assertThat(GuestFrameDecoder.next(bytes)).isEqualTo(new GuestFrame.Done());
        assertThat(GuestFrameDecoder.next(bytes)).isNull();
        assertThat(bytes.hasRemaining()).isFalse();
    }

    @Example
    void aBadHeaderIsRefusedBeforeItsFrameIsComplete() {
        assertThatThrownBy(() -> GuestFrameDecoder.next(buffer((byte) 0x55))).isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> GuestFrameDecoder.next(buffer((byte) 0x82, (byte) 1)))
                .isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> GuestFrameDecoder.next(
                        buffer(FakeAgent.join(FakeAgent.number(0x84), FakeAgent.number(65_537)))))
                .isInstanceOf(ProtocolException.class);
    }

    /** Whatever arrives: a frame, a wait for more, or a refusal; and each step takes bytes or is the last. */
    @Property(tries = 20_000)
    void anyBytesAreDecodedOrRefused(@ForAll @Size(max = 200) byte[] bytes) {
        decodeAll(bytes);
    }

    @Property(tries = 20_000)
    void anyPayloadOfAKnownTypeIsDecodedOrRefused(@ForAll("types") int type, @ForAll @Size(max = 120) byte[] payload) {
        decodeAll(FakeAgent.bytes(type, payload));
    }

    private static void decodeAll(byte[] bytes) {
        ByteBuffer from = buffer(bytes);
        try {
            while (true) {
                int before = from.position();
                GuestFrame frame = GuestFrameDecoder.next(from);
                if (frame == null) {
                    return;
                }
                assertThat(from.position()).isGreaterThanOrEqualTo(before + 8);
            }
        } catch (ProtocolException e) {
            assertThat(e.getMessage()).hasSizeLessThan(200);
        }
    }

    /** However the bytes are cut into pieces, the same frames come out. */
    @Property(tries = 2_000)
    void framesDoNotDependOnHowTheyArrive(@ForAll("streams") byte[] stream, @ForAll("pieces") List<Integer> pieces)
            throws Exception {
        List<String> whole = new ArrayList<>();
        ByteBuffer all = buffer(stream);
        for (GuestFrame frame = GuestFrameDecoder.next(all); frame != null; frame = GuestFrameDecoder.next(all)) {
            whole.add(describe(frame));
        }
        List<String> cut = new ArrayList<>();
        ByteBuffer in = ByteBuffer.allocate(stream.length + 1)
                .order(ByteOrder.LITTLE_ENDIAN)
                .limit(0);
        int sent = 0;
        for (int i = 0; sent < stream.length; i++) {
            int count = Math.min(stream.length - sent, pieces.get(i % pieces.size()));
            in.compact().put(stream, sent, count).flip();
            sent += count;
            for (GuestFrame frame = GuestFrameDecoder.next(in); frame != null; frame = GuestFrameDecoder.next(in)) {
                cut.add(describe(frame));
            }
        }
        assertThat(cut).isEqualTo(whole).isNotEmpty();
    }

    private static String describe(GuestFrame frame) {
        return switch (frame) {
            case GuestFrame.Output(boolean error, ByteBuffer bytes) -> "output " + error + hash(bytes);
            case GuestFrame.Data(ByteBuffer bytes) -> "data " + hash(bytes);
            case GuestFrame.Ok(ByteBuffer bytes) -> "ok " + hash(bytes);
            default -> frame.toString();
        };
    }

    private static int hash(ByteBuffer bytes) {
        return bytes.duplicate().hashCode();
    }

    @Provide
    Arbitrary<Integer> types() {
        return Arbitraries.of(0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8B, 0x90, 0x91, 0x92);
    }

    @Provide
    Arbitrary<List<Integer>> pieces() {
        return Arbitraries.integers().between(1, 40).list().ofMinSize(1).ofMaxSize(10);
    }

    @Provide
    Arbitrary<byte[]> streams() {
        Arbitrary<byte[]> output = Combinators.combine(
                        Arbitraries.of(0x84, 0x85, 0x89),
                        Arbitraries.bytes().array(byte[].class).ofMaxSize(300))
                .as(FakeAgent::bytes);
        Arbitrary<byte[]> error = Arbitraries.strings()
                .ofMaxLength(20)
                .alpha()
                .map(text -> FakeAgent.bytes(0x91, FakeAgent.join(FakeAgent.number(2), FakeAgent.shortText(text))));
        Arbitrary<byte[]> plain = Arbitraries.of(0x8A, 0x8B, 0x90, 0x92).map(FakeAgent::bytes);
        Arbitrary<byte[]> nops = Arbitraries.integers().between(0, 9).map(byte[]::new);
        return Combinators.combine(
                        plain,
                        Arbitraries.oneOf(output, error, plain, nops).list().ofMaxSize(12))
                .as((first, more) -> FakeAgent.join(first, FakeAgent.join(more.toArray(byte[][]::new))));
    }
}

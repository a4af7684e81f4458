package dev.smolvm.guest.agent;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The protocol's strings: a length, then UTF-8 without NUL; strict in both directions. */
final class Text {
    private static final int SHORT_LIMIT = 0xFFFF;

    private Text() {}

    /** A text that a frame cannot carry. Its message never repeats the text, which may be a secret. */
    static final class UnsendableException extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        UnsendableException(String why) {
            super(why);
        }
    }

    static void putShort(ByteBuffer to, String text) {
        ByteBuffer bytes = encode(text);
        if (bytes.remaining() > SHORT_LIMIT) {
            throw new BufferOverflowException();
        }
        to.putShort((short) bytes.remaining()).put(bytes);
    }

    static void putLong(ByteBuffer to, String text) {
        ByteBuffer bytes = encode(text);
        to.putInt(bytes.remaining()).put(bytes);
    }

    private static ByteBuffer encode(String text) {
        if (text.indexOf('\0') >= 0) {
            throw new UnsendableException("it holds a NUL character");
        }
        try {
            return StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
        } catch (CharacterCodingException e) {
            throw new UnsendableException("it is not valid text (half of a surrogate pair)");
        }
    }

    static String getShort(ByteBuffer from) throws ProtocolException {
        return get(from, from.getShort() & 0xFFFF);
    }

    static String getLong(ByteBuffer from) throws ProtocolException {
        return get(from, from.getInt());
    }

    private static String get(ByteBuffer from, int length) throws ProtocolException {
        if (length < 0 || length > from.remaining()) {
            throw new ProtocolException("a string longer than its frame");
        }
        ByteBuffer bytes = from.slice(from.position(), length);
        from.position(from.position() + length);
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
            if (text.indexOf('\0') >= 0) {
                throw new ProtocolException("a string with a NUL character");
            }
            return text;
        } catch (CharacterCodingException e) {
            throw new ProtocolException("a string that is not UTF-8");
        }
    }
}

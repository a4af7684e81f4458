package dev.smolvm.vmm.firecracker;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The head of an answer (RFC 9112): of its fields, those that say where the answer ends.
 *
 * @param bodyBytes how many bytes follow the head
 * @param last whether the peer closes the connection behind it
 */
record HttpAnswer(int status, int bodyBytes, boolean last) {
    static final int MAX_HEAD = 16 << 10;
    static final int MAX_BODY = 1 << 20;

    private static final int NO_CONTENT = 204;
    /** Firecracker leaves out the reason, and in its answer 503 the space before it as well. */
    private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.([01]) ([2-5][0-9]{2})(?: [^\r\n]*)?");

    private static final Pattern FIELD = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*?)[ \t]*");

    boolean succeeded() {
        return status < 300;
    }

    boolean refused() {
        return status >= 400;
    }

    /** @param head without the empty line that ends it */
    static HttpAnswer parse(byte[] head) throws HttpFormatException {
        String[] lines = new String(head, StandardCharsets.ISO_8859_1).split("\r\n", -1);
        Matcher first = STATUS_LINE.matcher(lines[0]);
        if (!first.matches()) {
            throw new HttpFormatException("an answer does not begin with a status line");
        }
        int status = Integer.parseInt(first.group(2));
        int length = -1;
        boolean last = first.group(1).equals("0");
        for (int i = 1; i < lines.length; i++) {
            Matcher field = FIELD.matcher(lines[i]);
            if (!field.matches()) {
                throw new HttpFormatException("a line of an answer's head is not a field");
            }
            String value = field.group(2);
            switch (field.group(1).toLowerCase(Locale.ROOT)) {
                case "content-length" -> length = length(value, length);
                case "connection" -> last |= value.equalsIgnoreCase("close");
                // Firecracker never sends one, and an end that two fields tell is an end that nobody knows.
                case "transfer-encoding" -> throw new HttpFormatException("an answer has a transfer encoding");
                default -> {}
            }
        }
        return new HttpAnswer(status, status == NO_CONTENT ? 0 : Math.max(0, length), last);
    }

    private static int length(String value, int before) throws HttpFormatException {
        if (!value.matches("[0-9]{1,9}")) {
            throw new HttpFormatException("an answer's length is not a number of bytes");
        }
        int length = Integer.parseInt(value);
        if (before >= 0 && before != length) {
            throw new HttpFormatException("an answer has two lengths");
        }
        if (length > MAX_BODY) {
            throw new HttpFormatException("an answer has " + length + " bytes, more than " + MAX_BODY);
        }
        return length;
    }
}

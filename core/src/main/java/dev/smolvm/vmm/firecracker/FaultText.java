package dev.smolvm.vmm.firecracker;

import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import java.nio.charset.StandardCharsets;

/** What a fault's body says, printable and not too long to be shown. */
final class FaultText {
    private static final int SHOWN = 1_000;

    private FaultText() {}

    static String of(byte[] body) {
        String said = new String(body, StandardCharsets.UTF_8);
        try {
            said = JsonFields.of(JsonParser.parse(said), "fault").string("fault_message");
        } catch (JsonFormatException e) {
            // What Firecracker's HTTP server refuses by itself comes as {"error": …} with line breaks in the text,
            // which is
            // not JSON: shown as it came.
        }
        String printable =
                said.replaceAll("\\s+", " ").strip().replaceAll("[^\\p{Print}\\p{L}\\p{N}\\p{P}\\p{S}]", "?");
        if (printable.isEmpty()) {
            return "no reason given";
        }
        return printable.length() > SHOWN ? printable.substring(0, SHOWN) + "…" : printable;
    }
}

package dev.smolvm.bench.qemu;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The command line of a QEMU, taken from one that the library started, so that whoever starts it again by hand gets the same
 * machine.
 */
public record QemuArguments(List<String> words) {
    private static final String DRIVE = ",drive=";

    public QemuArguments {
        words = List.copyOf(words);
    }

    /** Those of a process. */
    public static QemuArguments of(long pid) throws IOException {
        return new QemuArguments(
                List.of(Files.readString(Path.of("/proc/" + pid + "/cmdline")).split("\0")));
    }

    /**
     * With another file as the disk's writable layer.
     *
     * @param writable the directory in which the library's is
     */
    QemuArguments withOverlay(Path writable, Path overlay) {
        return mapObjects("-blockdev", node -> {
            String file = node.optionalString("filename").orElse("");
            return file.startsWith(writable.toString()) ? with(node, "filename", overlay.toString()) : node.object();
        });
    }

    /** With empty memory in place of a mapped file, and started without waiting for a state. */
    QemuArguments withOwnMemory() {
        QemuArguments empty = mapObjects("-object", memory -> Json.object()
                .put("qom-type", "memory-backend-ram")
                .put("id", memory.string("id"))
                .put("size", memory.integer("size"))
                .build());
        List<String> kept = new ArrayList<>(empty.words);
        int incoming = kept.indexOf("-incoming");
        if (incoming >= 0) {
            kept.remove(incoming + 1);
            kept.remove(incoming);
        }
        return new QemuArguments(kept);
    }

    /** The block node that the guest's root disk is plugged into. */
    String rootNode() {
        for (String word : words) {
            if (word.startsWith("virtio-blk-pci") && word.contains("id=disk-root")) {
                int from = word.indexOf(DRIVE) + DRIVE.length();
                return word.substring(from, word.indexOf(',', from));
            }
        }
        throw new IllegalStateException("no root disk in " + words);
    }

    int agentPorts() {
        return (int) words.stream().filter(w -> w.startsWith("virtserialport,")).count();
    }

    private interface Change {
        Json.Obj of(JsonFields object);
    }

    /** Changes what is given as JSON behind an option. */
    private QemuArguments mapObjects(String option, Change change) {
        List<String> changed = new ArrayList<>(words);
        for (int i = 1; i < changed.size(); i++) {
            if (changed.get(i - 1).equals(option) && changed.get(i).startsWith("{")) {
                changed.set(
                        i,
                        change.of(JsonFields.of(JsonParser.parse(changed.get(i)), option))
                                .compact());
            }
        }
        return new QemuArguments(changed);
    }

    private static Json.Obj with(JsonFields object, String key, String value) {
        Map<String, Json> fields = new LinkedHashMap<>(object.object().fields());
        fields.put(key, Json.of(value));
        return new Json.Obj(fields);
    }
}

package dev.smolvm.host;

import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonParser;
import dev.smolvm.os.Command;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;

/** Asks the launcher that starts VMMs whether this kernel lets it confine them (landlock). */
final class LauncherProbe {
    private static final String RESOURCE = "/dev/smolvm/guest/payload/smolvm-launch";
    private static final String ID = "landlock";
    private static final String TITLE = "VMM confinement";

    private LauncherProbe() {}

    static Check examine() throws IOException {
        try (InputStream in = LauncherProbe.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                return Check.warn(ID, TITLE, "the launcher is not part of this build", "");
            }
            Path program = Files.createTempFile(
                    "smolvm-launch",
                    "",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            try {
                Files.write(program, in.readAllBytes());
                String said = Command.of(program.toString(), "--probe")
                        .timeout(Duration.ofSeconds(10))
                        .check();
                return verdict(said);
            } finally {
                Files.delete(program);
            }
        }
    }

    /** @param said one JSON object */
    static Check verdict(String said) {
        long abi = JsonFields.of(JsonParser.parse(said), "probe").integer("landlock_abi");
        return abi > 0
                ? Check.ok(ID, TITLE, "landlock, version " + abi)
                : Check.warn(
                        ID,
                        TITLE,
                        "this kernel has no landlock: a VMM sees every file that its user may read",
                        "use a kernel with landlock (5.13 or newer, enabled with lsm=landlock)");
    }
}

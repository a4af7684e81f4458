package dev.smolvm.vmm.firecracker.fake;

import com.fasterxml.jackson.core.JsonFactory;
import dev.smolvm.json.Json;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The fake as a program that can be started like Firecracker: a script, which becomes a JVM. */
public final class FakeProgram {
    private FakeProgram() {}

    /**
     * Writes the script.
     *
     * @param version such as {@code 1.16.1}, unless {@link FakeFirecracker#VERSION} is set when it runs
     */
    public static Path install(Path script, String version) throws IOException {
        Files.writeString(
                script,
                """
                #!/bin/sh
                export %s="${%s:-%s}"
                exec '%s' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -XX:-UsePerfData -Xmx256m -cp '%s' %s "$@"
                """
                        .formatted(
                                FakeFirecracker.VERSION,
                                FakeFirecracker.VERSION,
                                version,
                                Path.of(System.getProperty("java.home"), "bin", "java"),
                                readable().stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)),
                                FakeFirecracker.class.getName()));
        return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }

    /** The files and directories that the script reads beside the JDK, for those who confine it. */
    public static List<Path> readable() {
        return Stream.of(FakeFirecracker.class, Json.class, JsonFactory.class)
                .map(FakeProgram::origin)
                .distinct()
                .toList();
    }

    private static Path origin(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}

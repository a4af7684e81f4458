package dev.smolvm.vmm.firecracker.fake;

import com.fasterxml.jackson.core.JsonFactory;
import dev.smolvm.json.Json;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

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

    /**
     * Writes one that reads nothing but itself and the JDK, so that it runs where only that may be read: the classes lie in a
     * jar behind the script's text. What Firecracker says of itself it answers without a JVM.
     */
    public static Path installWhole(Path program, String version) throws IOException {
        Release release = Release.of(version);
        try (OutputStream out = Files.newOutputStream(program, StandardOpenOption.CREATE_NEW)) {
            out.write(
                    """
                    #!/bin/sh
                    case "$1" in
                        --version) echo 'Firecracker v%s'; exit;;
                        --snapshot-version) echo 'v%s'; exit;;
                    esac
                    export %s=%s
                    exec '%s' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData -Xmx64m -cp "$0" %s "$@"
                    exit
                    """
                            .formatted(
                                    release.text(),
                                    release.snapshotVersion(),
                                    FakeFirecracker.VERSION,
                                    release.text(),
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toRealPath(),
                                    FakeFirecracker.class.getName())
                            .getBytes(StandardCharsets.UTF_8));
            // Whoever reads a jar looks for its index from the end on.
            try (ZipOutputStream jar = new ZipOutputStream(out)) {
                jar.setLevel(Deflater.BEST_SPEED);
                for (Class<?> type : List.of(FakeFirecracker.class, Json.class, JsonFactory.class)) {
                    pack(type, jar);
                }
            }
        }
        return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }

    /** The class files of its package and those below it. */
    private static void pack(Class<?> type, ZipOutputStream jar) throws IOException {
        Path origin = origin(type);
        String directory = type.getPackageName().replace('.', '/');
        if (Files.isDirectory(origin)) {
            packFrom(origin, directory, jar);
            return;
        }
        try (FileSystem zip = FileSystems.newFileSystem(origin)) {
            packFrom(zip.getPath("/"), directory, jar);
        }
    }

    private static void packFrom(Path root, String directory, ZipOutputStream jar) throws IOException {
        try (Stream<Path> files = Files.walk(root.resolve(directory))) {
            for (Path file : (Iterable<Path>) files.filter(f -> f.toString().endsWith(".class"))::iterator) {
                jar.putNextEntry(new ZipEntry(root.relativize(file).toString()));
                Files.copy(file, jar);
            }
        }
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

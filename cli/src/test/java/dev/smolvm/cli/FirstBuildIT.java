package dev.smolvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a first run of the launcher builds, on a machine that has only what building needs. */
class FirstBuildIT {
    private static final Path ROOT = Path.of(System.getProperty("smolvm.root"));

    /** The C programs' tests need more programs, such as a user-mode network: without those, the first build failed. */
    @Test
    void buildingTheToolRunsNoTests(@TempDir Path copy) throws Exception {
        Files.copy(ROOT.resolve("pom.xml"), copy.resolve("pom.xml"));
        for (String module : List.of("guest", "core", "cli", "bench")) {
            Files.createDirectory(copy.resolve(module));
            Files.copy(
                    ROOT.resolve(module).resolve("pom.xml"),
                    copy.resolve(module).resolve("pom.xml"));
        }
        copy(ROOT.resolve("guest"), copy.resolve("guest"));
        Files.writeString(copy.resolve("guest/test.sh"), "#!/bin/sh\nexit 1\n");

        assertThat(build(copy, "-DskipTests=false")).isNotZero();
        assertThat(build(copy, "-Dmaven.test.skip=true")).isZero();
        assertThat(build(copy, "-DskipTests")).isZero();
        assertThat(Files.readString(ROOT.resolve("smolvm"))).contains("-Dmaven.test.skip=true package");
    }

    private static int build(Path copy, String tests) throws Exception {
        ProcessBuilder maven = new ProcessBuilder("mvn", "-B", "-ntp", "-q", "-pl", "guest", tests, "package");
        maven.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return maven.directory(copy.toFile())
                .redirectOutput(copy.resolve("log").toFile())
                .redirectErrorStream(true)
                .start()
                .waitFor();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file));
                if (!file.startsWith(from.resolve("target")) && !Files.exists(target)) {
                    Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }
}

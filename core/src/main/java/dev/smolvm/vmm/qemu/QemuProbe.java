package dev.smolvm.vmm.qemu;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/** Starts a QEMU without a machine and asks it what it can do: never guessed from its version. */
final class QemuProbe {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private QemuProbe() {}

    static QemuBinary ask(Path binary) throws IOException {
        Process process = new ProcessBuilder(
                        binary.toString(),
                        "-machine",
                        "none",
                        "-nodefaults",
                        "-no-user-config",
                        "-display",
                        "none",
                        "-qmp",
                        "stdio")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (QmpClient qmp = QmpClient.negotiate(new Pipes(process), binary.toString(), DEADLINE)) {
            JsonFields version = qmp.execute("query-version").object("qemu");
            JsonFields parameters = qmp.execute("query-migrate-parameters");
            return new QemuBinary(
                    binary,
                    version.integer("major") + "." + version.integer("minor") + "." + version.integer("micro"),
                    list(qmp, "query-machines").stream()
                            .filter(m -> m.optionalString("alias").equals(java.util.Optional.of("q35")))
                            .findFirst()
                            .orElseThrow(() -> new SmolVmException(
                                    ErrorKind.INCOMPATIBLE, binary + " has no q35 machine", "smolvm setup"))
                            .string("name"),
                    any(qmp, "query-migrate-capabilities", c -> c.string("capability")
                            .equals("mapped-ram")),
                    parameters.has("direct-io"),
                    list(qmp, "qom-list-properties", Json.object().put("typename", "memory-backend-file")).stream()
                            .anyMatch(p -> p.string("name").equals("rom")),
                    any(qmp, "query-commands", c -> c.string("name").equals("blockdev-set-active")));
        } finally {
            process.destroyForcibly();
        }
    }

    private static boolean any(QmpClient qmp, String query, Predicate<JsonFields> wanted) {
        return list(qmp, query).stream().anyMatch(wanted);
    }

    private static List<JsonFields> list(QmpClient qmp, String query) {
        return list(qmp, query, Json.object());
    }

    private static List<JsonFields> list(QmpClient qmp, String query, Json.Builder arguments) {
        Json answer = qmp.call(query, arguments.build(), DEADLINE);
        return JsonFields.of(Json.object().put("answer", answer).build(), query).list("answer", item -> item);
    }

    /** A process's standard streams as one channel. */
    private record Pipes(Process process, ReadableByteChannel in, WritableByteChannel out) implements ByteChannel {
        Pipes(Process process) {
            this(process, Channels.newChannel(process.getInputStream()), new Unbuffered(process));
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            return in.read(target);
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            return out.write(source);
        }

        @Override
        public boolean isOpen() {
            return process.isAlive();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /** {@code Process} buffers what is written to it. */
    private record Unbuffered(Process process) implements WritableByteChannel {
        @Override
        public int write(ByteBuffer source) throws IOException {
            byte[] bytes = new byte[source.remaining()];
            source.get(bytes);
            process.getOutputStream().write(bytes);
            process.getOutputStream().flush();
            return bytes.length;
        }

        @Override
        public boolean isOpen() {
            return process.isAlive();
        }

        @Override
        public void close() throws IOException {
            process.getOutputStream().close();
        }
    }
}

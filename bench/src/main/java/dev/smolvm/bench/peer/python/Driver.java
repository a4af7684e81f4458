package dev.smolvm.bench.peer.python;

import dev.smolvm.bench.peer.PeerProcess;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A script of ours that drives a Python library by its public interface, and measures in its process. */
final class Driver implements AutoCloseable {
    private static final String COMMON = "conversation.py";

    private final PeerProcess process;

    private Driver(PeerProcess process) {
        this.process = process;
    }

    /**
     * @param script beside this class
     * @param directory for it, and as the home of what it drives
     */
    static Driver start(Venv venv, String script, Path directory, Map<String, String> environment) throws IOException {
        copy(COMMON, directory);
        return new Driver(PeerProcess.start(
                script,
                List.of(venv.python().toString(), copy(script, directory).toString()),
                environment,
                directory));
    }

    /** Writes one of the files beside this class to a directory. */
    static Path copy(String resource, Path directory) throws IOException {
        Path file = directory.resolve(resource);
        try (InputStream in = Driver.class.getResourceAsStream(resource)) {
            Files.copy(in, file);
        }
        return file;
    }

    /**
     * Has an operation of the script's carried out.
     *
     * @throws IOException it failed, in its own words; or the script ended, or was silent for too long
     */
    JsonFields ask(String operation, Json.Builder arguments, Duration within) throws IOException, InterruptedException {
        String line = arguments.put("do", operation).build().compact();
        JsonFields answer = answer(process.ask(line, within));
        if (!answer.bool("ok")) {
            throw new IOException(operation + ": " + answer.string("error"));
        }
        return answer;
    }

    private static JsonFields answer(String line) throws IOException {
        try {
            return JsonFields.of(JsonParser.parse(line), "answer");
        } catch (JsonFormatException e) {
            throw new IOException("not an answer: " + line, e);
        }
    }

    /** A time in an answer. */
    static double millis(JsonFields answer, String key) {
        return answer.integer(key) / 1e3;
    }

    @Override
    public void close() throws IOException {
        process.close();
    }
}

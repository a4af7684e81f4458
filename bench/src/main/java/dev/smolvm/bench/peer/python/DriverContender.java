package dev.smolvm.bench.peer.python;

import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.CannotRunHereException;
import dev.smolvm.bench.measure.Contender;
import dev.smolvm.bench.measure.Role;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** A Python library that is driven by a script of ours. */
abstract class DriverContender implements Contender {
    private static final Duration HELLO = Duration.ofMinutes(5);
    private static final Duration OPERATION = Duration.ofMinutes(3);

    private final Lab lab;
    private final String name;
    private final String distribution;
    private final String script;
    private String version = "";
    private Driver driver;

    /**
     * @param name as it is shown, before the version
     * @param distribution its name in the Python index
     */
    DriverContender(Lab lab, String name, String distribution, String script) {
        this.lab = lab;
        this.name = name;
        this.distribution = distribution;
        this.script = script;
    }

    @Override
    public final String name() {
        return name + version + remark();
    }

    /** What is to be known of the figures; in brackets behind the name. */
    abstract String remark();

    @Override
    public final Role role() {
        return Role.PEER;
    }

    @Override
    public final void prepare() throws Exception {
        Path directory = lab.directory(distribution);
        Path venv = lab.project().resolve("bench/target/peers").resolve(distribution);
        driver = Driver.start(Venv.with(distribution, venv), script, directory, environment(directory));
        try {
            version = " " + driver.ask("hello", greeting(directory), HELLO).string("version");
            prepare(lab);
        } catch (IOException e) {
            throw new CannotRunHereException(e.getMessage(), e);
        }
    }

    /** Added to this process's own; its home is in that directory, so that it neither finds nor leaves anything in the user's. */
    Map<String, String> environment(Path directory) throws IOException {
        return Map.of("HOME", directory.toString());
    }

    abstract Json.Builder greeting(Path directory) throws IOException;

    /** What has to work before anything can be measured. */
    abstract void prepare(Lab ready) throws Exception;

    final JsonFields ask(String operation) throws IOException, InterruptedException {
        return ask(operation, Json.object());
    }

    final JsonFields ask(String operation, Json.Builder arguments) throws IOException, InterruptedException {
        return driver.ask(operation, arguments, OPERATION);
    }

    @Override
    public void close() throws IOException {
        if (driver != null) {
            driver.close();
        }
    }
}

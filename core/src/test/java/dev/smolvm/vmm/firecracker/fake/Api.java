package dev.smolvm.vmm.firecracker.fake;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/** Firecracker's requests: which there are, when each is allowed, and what it does. One at a time. */
final class Api {
    private static final Fault BEFORE =
            Fault.of("The requested operation is not supported before starting the microVM.");
    private static final Fault AFTER = Fault.of("The requested operation is not supported after starting the microVM.");

    private final Path directory;
    private final Release release;
    private final String id;
    private final Machine machine;
    private final Console console;
    private boolean metrics;

    Api(Path directory, Release release, String id, Machine machine, Console console) {
        this.directory = directory;
        this.release = release;
        this.id = id;
        this.machine = machine;
        this.console = console;
    }

    private enum When {
        ALWAYS,
        BEFORE_BOOT,
        AFTER_BOOT
    }

    /** @param schema of the body; null: there is none */
    private record Route(String method, String path, int since, String schema, When when) {}

    private static final List<Route> ROUTES = List.of(
            new Route("GET", "/", 0, null, When.ALWAYS),
            new Route("GET", "/version", 0, null, When.ALWAYS),
            new Route("GET", "/machine-config", 0, null, When.ALWAYS),
            new Route("GET", "/vm/config", 0, null, When.ALWAYS),
            new Route("GET", "/balloon", 0, null, When.ALWAYS),
            new Route("GET", "/balloon/statistics", 0, null, When.AFTER_BOOT),
            new Route("PUT", "/machine-config", 0, "MachineConfig", When.BEFORE_BOOT),
            new Route("PATCH", "/machine-config", 0, "MachineConfigUpdate", When.BEFORE_BOOT),
            new Route("PUT", "/boot-source", 0, "BootSource", When.BEFORE_BOOT),
            new Route("PUT", "/drives/*", 0, "Drive", When.BEFORE_BOOT),
            new Route("PATCH", "/drives/*", 0, "PartialDrive", When.AFTER_BOOT),
            new Route("PUT", "/network-interfaces/*", 0, "NetworkInterface", When.BEFORE_BOOT),
            new Route("PATCH", "/network-interfaces/*", 0, "PartialNetworkInterface", When.AFTER_BOOT),
            new Route("PUT", "/vsock", 0, "Vsock", When.BEFORE_BOOT),
            new Route("PUT", "/entropy", 0, "Entropy", When.BEFORE_BOOT),
            new Route("PUT", "/balloon", 0, "Balloon", When.BEFORE_BOOT),
            new Route("PATCH", "/balloon", 0, "BalloonUpdate", When.AFTER_BOOT),
            new Route("PATCH", "/balloon/statistics", 0, "BalloonStatsUpdate", When.AFTER_BOOT),
            new Route("PUT", "/serial", 14, "Serial", When.BEFORE_BOOT),
            new Route("PUT", "/logger", 0, "Logger", When.BEFORE_BOOT),
            new Route("PUT", "/metrics", 0, "Metrics*", When.BEFORE_BOOT),
            new Route("PUT", "/actions", 0, "Action", When.ALWAYS),
            new Route("PATCH", "/vm", 0, "Vm", When.AFTER_BOOT),
            new Route("PUT", "/snapshot/create", 0, "SnapshotCreate", When.AFTER_BOOT),
            new Route("PUT", "/snapshot/load", 0, "SnapshotLoad", When.BEFORE_BOOT));

    /** @return what is answered; empty: 204 */
    synchronized Optional<Json> answer(String method, String path, String body) throws Fault {
        Route route = route(method, path);
        if (route.schema() == null && !body.isEmpty()) {
            throw Fault.of("GET request cannot have a body.");
        }
        if (route.schema() != null && body.isEmpty()) {
            throw Fault.of("Empty " + method + " request.");
        }
        String resource = path.substring(path.lastIndexOf('/') + 1);
        if (route.path().endsWith("*") && !resource.matches("[\\p{L}\\p{N}_]+")) {
            throw Fault.of("API Resource IDs can only contain alphanumeric characters and underscores.");
        }
        JsonFields fields = new JsonFields(
                route.schema() == null
                        ? Json.object().build()
                        : Schema.named(route.schema()).check(parsed(body), release),
                "");
        checkIds(route, resource, fields);
        if (route.when() == When.BEFORE_BOOT && machine.started()) {
            throw AFTER;
        }
        if (route.when() == When.AFTER_BOOT && !machine.started()) {
            throw BEFORE;
        }
        return carryOut(method, route.path(), resource, fields);
    }

    private Route route(String method, String path) throws Fault {
        String end = path.endsWith("/") && path.length() > 1 ? path.substring(0, path.length() - 1) : path;
        for (Route route : ROUTES) {
            boolean matches = route.path().endsWith("*")
                    ? end.matches(route.path().replace("*", "[^/]+"))
                    : end.equals(route.path());
            if (route.method().equals(method) && matches && release.since(route.since())) {
                return route;
            }
        }
        if (method.equals("PUT") && (end.equals("/drives") || end.equals("/network-interfaces"))) {
            throw Fault.of("The ID cannot be empty.");
        }
        throw Fault.of("Invalid request method and/or path: " + method + " " + end.substring(1) + ".");
    }

    private static Json parsed(String body) throws Fault {
        try {
            return JsonParser.parse(body);
        } catch (JsonFormatException e) {
            throw Fault.json(e.getMessage());
        }
    }

    private static void checkIds(Route route, String resource, JsonFields fields) throws Fault {
        for (String name : List.of("drive_id", "iface_id")) {
            if (route.path().endsWith("*")
                    && fields.has(name)
                    && !fields.string(name).equals(resource)) {
                throw Fault.of("The id from the path does not match the id from the body!");
            }
        }
        if (route.path().equals("/snapshot/load") && fields.has("mem_backend") == fields.has("mem_file_path")) {
            throw Fault.json((fields.has("mem_backend")
                            ? "too many fields: either `mem_backend` or `mem_file_path` exclusively"
                            : "missing field: either `mem_backend` or `mem_file_path`")
                    + " is required");
        }
    }

    private Optional<Json> carryOut(String method, String path, String resource, JsonFields fields) throws Fault {
        switch (method + " " + path) {
            case "GET /" -> {
                return Optional.of(Json.object()
                        .put("id", id)
                        .put("state", machine.state())
                        .put("vmm_version", release.text())
                        .put("app_name", "Firecracker")
                        .build());
            }
            case "GET /version" -> {
                return Optional.of(
                        Json.object().put("firecracker_version", release.text()).build());
            }
            case "GET /machine-config" -> {
                return Optional.of(machine.devices().machine());
            }
            case "GET /vm/config" -> {
                return Optional.of(machine.devices().toJson());
            }
            case "GET /balloon" -> {
                return Optional.of(machine.devices().balloon());
            }
            case "PUT /machine-config" -> machine.configured().replaceMachine(fields.object());
            case "PATCH /machine-config" -> {
                if (fields.object().fields().keySet().stream().noneMatch(fields::has)) {
                    throw Fault.of("Empty PATCH request.");
                }
                machine.configured().machine(fields.object());
            }
            case "PUT /boot-source" -> machine.configured().boot(fields.object());
            case "PUT /drives/*" -> machine.configured().drive(resource, fields.object());
            case "PATCH /drives/*" -> machine.devices().updateDrive(resource, fields.object());
            case "PUT /network-interfaces/*" -> machine.configured().network(resource, fields.object());
            case "PATCH /network-interfaces/*" -> {
                if (!machine.devices().hasNetwork(resource)) {
                    throw Fault.of("Network config error: Unable to update the net device: Device not found");
                }
            }
            case "PUT /vsock" -> machine.vsock(fields.object());
            case "PUT /entropy" -> machine.configured().entropy(fields.object());
            case "PUT /balloon" -> machine.configured().balloon(fields.object());
            case "PATCH /balloon" -> {
                Json.Builder next = Json.object();
                machine.devices().balloon().fields().forEach(next::put);
                machine.devices()
                        .balloon(next.put("amount_mib", fields.integer("amount_mib"))
                                .build());
            }
            case "GET /balloon/statistics", "PATCH /balloon/statistics" ->
                throw Fault.of("Balloon update error: Balloon: Received stats query when stats are disabled.");
            case "PUT /serial" ->
                console.configure(fields.optionalString("serial_out_path").orElse(null));
            case "PUT /logger" -> logger(fields);
            case "PUT /metrics" -> metrics(fields.string("metrics_path"));
            case "PUT /actions" -> act(fields.string("action_type"));
            case "PATCH /vm" -> {
                if (fields.string("state").equals("Paused")) {
                    machine.pause();
                } else {
                    machine.resume();
                }
            }
            case "PUT /snapshot/create" -> machine.save(fields);
            case "PUT /snapshot/load" -> machine.load(fields);
            default -> throw new IllegalStateException(path);
        }
        return Optional.empty();
    }

    private void act(String action) throws Fault {
        if (action.equals("InstanceStart") == machine.started()) {
            throw machine.started() ? AFTER : BEFORE;
        }
        switch (action) {
            case "InstanceStart" -> machine.start();
            case "SendCtrlAltDel" -> machine.ctrlAltDel();
            default -> {}
        }
    }

    private void logger(JsonFields fields) throws Fault {
        if (fields.has("level")
                && !fields.string("level")
                        .toLowerCase(java.util.Locale.ROOT)
                        .matches("off|trace|debug|info|warn|warning|error")) {
            throw Fault.json("Invalid LevelFilter");
        }
        if (fields.has("log_path")) {
            open(fields.string("log_path"), "Logger error: Failed to open target file: ");
        }
    }

    private void metrics(String path) throws Fault {
        String failure = "Metrics error: Cannot initialize the metrics system due to bad user input: ";
        open(path, failure);
        if (metrics) {
            throw Fault.of(failure + "Reinitialization of metrics not allowed.");
        }
        metrics = true;
    }

    /** A log file, which older releases do not make themselves. */
    private void open(String path, String failure) throws Fault {
        try {
            Path file = directory.resolve(path);
            if (release.since(14) && !Files.exists(file)) {
                Files.createFile(file);
            }
            Files.newOutputStream(file, StandardOpenOption.APPEND).close();
        } catch (IOException e) {
            throw Fault.of(failure + Fault.system(e));
        }
    }
}

package dev.smolvm.vmm.firecracker.fake;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How the machine is configured, with what is open because of it. */
final class Devices {
    private final Path directory;
    private final Release release;
    private final Map<String, Json> machine = new LinkedHashMap<>();
    private final Map<String, Drive> drives = new LinkedHashMap<>();
    private final Map<String, Json.Obj> networks = new LinkedHashMap<>();
    private Json boot = Json.NULL;
    private Json vsock = Json.NULL;
    private Json entropy = Json.NULL;
    private Json balloon = Json.NULL;

    Devices(Path directory, Release release) {
        this.directory = directory;
        this.release = release;
        machine.put("vcpu_count", Json.of(1));
        machine.put("mem_size_mib", Json.of(128));
        machine.put("smt", Json.of(false));
        machine.put("track_dirty_pages", Json.of(false));
        machine.put("huge_pages", Json.of("None"));
    }

    long memoryBytes() {
        return ((Json.Int) machine.get("mem_size_mib")).value() << 20;
    }

    boolean tracksDirtyPages() {
        return machine.get("track_dirty_pages").equals(Json.of(true));
    }

    void machine(Json.Obj update) throws Fault {
        Map<String, Json> next = new LinkedHashMap<>(machine);
        update.fields().forEach((name, value) -> {
            if (!(value instanceof Json.Null)) {
                next.put(name, value);
            }
        });
        JsonFields fields = new JsonFields(new Json.Obj(next), "");
        long cpus = fields.integer("vcpu_count");
        if (cpus < 1 || cpus > 32 || fields.bool("smt") && cpus > 1 && cpus % 2 == 1) {
            throw Fault.of(
                    "Machine config error: The number of vCPUs must be greater than 0, less than 32 and must be 1"
                            + " or an even number if SMT is enabled.");
        }
        long mib = fields.integer("mem_size_mib");
        if (mib == 0 || mib >= 1 << 20 || fields.string("huge_pages").equals("2M") && mib % 2 != 0) {
            throw Fault.of("Machine config error: The memory size (MiB) is either 0, or not a multiple of the"
                    + " configured page size.");
        }
        if (balloon instanceof Json.Obj b && new JsonFields(b, "").integer("amount_mib") > mib) {
            throw Fault.of("Machine config error: The memory size (MiB) is smaller than the previously set balloon"
                    + " device target size.");
        }
        machine.putAll(next);
    }

    /** A PUT sets what it does not name to its default. */
    void replaceMachine(Json.Obj config) throws Fault {
        Json.Builder whole =
                Json.object().put("smt", false).put("track_dirty_pages", false).put("huge_pages", "None");
        config.fields().forEach(whole::put);
        machine(whole.build());
    }

    void boot(Json.Obj config) throws Fault {
        JsonFields fields = new JsonFields(config, "");
        readable(fields.string("kernel_image_path"), "The kernel file cannot be opened: ");
        if (fields.has("initrd_path")) {
            readable(
                    fields.string("initrd_path"),
                    "The initrd file cannot be opened due to invalid path or invalid permissions. ");
        }
        boot = config;
    }

    private void readable(String path, String otherwise) throws Fault {
        try (var opened = Files.newInputStream(directory.resolve(path))) {
            opened.read();
        } catch (IOException e) {
            throw Fault.of("Boot source error: " + otherwise + Fault.system(e));
        }
    }

    Optional<JsonFields> boot() {
        return boot instanceof Json.Obj object ? Optional.of(new JsonFields(object, "boot")) : Optional.empty();
    }

    void drive(String id, Json.Obj config) throws Fault {
        boolean asRoot = Json.of(true).equals(config.fields().get("is_root_device"));
        if (asRoot
                && drives.entrySet().stream()
                        .anyMatch(d -> d.getValue().root() && !d.getKey().equals(id))) {
            throw Fault.of("Drive config error: A root block device already exists!");
        }
        Json.Builder whole = Json.object()
                .put("drive_id", id)
                .put("partuuid", Json.NULL)
                .put("is_root_device", false)
                .put("cache_type", "Unsafe")
                .put("is_read_only", false)
                .put("path_on_host", Json.NULL)
                .put("rate_limiter", Json.NULL)
                .put("io_engine", "Sync")
                .put("socket", Json.NULL);
        config.fields().forEach(whole::put);
        Drive before = drives.put(id, Drive.open(whole.build(), directory));
        if (before != null) {
            before.close();
        }
    }

    /** Another file for a drive of the running machine. */
    void updateDrive(String id, Json.Obj update) throws Fault {
        Drive before = drives.get(id);
        if (before == null) {
            throw Fault.of("Drive config error: Unable to patch the block device: Failed perform action on device: "
                    + "Device not found Please verify the request arguments.");
        }
        Map<String, Json> config = new LinkedHashMap<>(before.config().fields());
        update.fields().forEach(config::put);
        drives.put(id, Drive.open(new Json.Obj(config), directory));
        before.close();
    }

    /** What the guest has its files on: the root device, or where none is called so, the first (/dev/vda). */
    Optional<Drive> root() {
        return drives.values().stream().filter(Drive::root).findFirst().or(() -> drives.values().stream()
                .findFirst());
    }

    /** As the guest's kernel calls it: the drives have no serial numbers of ours. */
    boolean hasDevice(String name) {
        return name.matches("vd[a-z]") && name.charAt(2) - 'a' < drives.size();
    }

    boolean hasDrive(String id) {
        return drives.containsKey(id);
    }

    void network(String id, Json.Obj config) throws Fault {
        Json mac = config.fields().getOrDefault("guest_mac", Json.NULL);
        if (!(mac instanceof Json.Null)
                && networks.entrySet().stream()
                        .anyMatch(n -> !n.getKey().equals(id)
                                && mac.equals(n.getValue().fields().get("guest_mac")))) {
            throw Fault.of("Network config error: The MAC address is already in use: " + mac.compact());
        }
        if (new JsonFields(config, "").string("host_dev_name").length() > 15) {
            throw Fault.of("Network config error: Could not create the network device: Open tap device failed: "
                    + "Invalid interface name");
        }
        networks.put(id, config);
    }

    boolean hasNetwork(String id) {
        return networks.containsKey(id);
    }

    void vsock(Json config) {
        vsock = config;
    }

    Optional<String> vsockPath() {
        return vsock instanceof Json.Obj object
                ? Optional.of(new JsonFields(object, "").string("uds_path"))
                : Optional.empty();
    }

    void entropy(Json.Obj config) {
        entropy = config;
    }

    void balloon(Json.Obj config) throws Fault {
        if (new JsonFields(config, "").integer("amount_mib") << 20 > memoryBytes()) {
            throw Fault.of("Balloon config error: Amount of pages requested is too large.");
        }
        Json.Builder whole =
                Json.object().put("amount_mib", 0).put("deflate_on_oom", false).put("stats_polling_interval_s", 0);
        if (release.since(14)) {
            whole.put("free_page_hinting", false).put("free_page_reporting", false);
        }
        config.fields().forEach(whole::put);
        balloon = whole.build();
    }

    Json.Obj balloon() throws Fault {
        if (balloon instanceof Json.Obj object) {
            return object;
        }
        throw Fault.of("Balloon config error: No balloon device found.");
    }

    Json machine() {
        return new Json.Obj(machine);
    }

    /** For {@code GET /vm/config}. */
    Json toJson() {
        Json.Builder json = Json.object()
                .put("balloon", balloon)
                .put("drives", drivesJson())
                .put(
                        "boot-source",
                        boot instanceof Json.Null
                                ? Json.object()
                                        .put("kernel_image_path", "")
                                        .put("initrd_path", Json.NULL)
                                        .put("boot_args", Json.NULL)
                                        .build()
                                : boot)
                .put("cpu-config", Json.NULL)
                .put("logger", Json.NULL)
                .put("machine-config", machine())
                .put("metrics", Json.NULL)
                .put("mmds-config", Json.NULL)
                .put("network-interfaces", new Json.Arr(List.copyOf(networks.values())))
                .put("vsock", vsock)
                .put("entropy", entropy);
        if (release.since(14)) {
            json.put("pmem", new Json.Arr(List.of())).put("memory-hotplug", Json.NULL);
        }
        return json.build();
    }

    private Json drivesJson() {
        List<Json> all = new ArrayList<>();
        drives.values().forEach(drive -> all.add(drive.config()));
        return new Json.Arr(all);
    }

    /** For a state file: neither how it was booted nor whether it tracks its writes. */
    Json.Obj saved() {
        Json.Builder kept = Json.object();
        machine.forEach((name, value) -> kept.put(name, name.equals("track_dirty_pages") ? Json.of(false) : value));
        return Json.object()
                .put("machine", kept.build())
                .put("drives", drivesJson())
                .put("networks", new Json.Arr(List.copyOf(networks.values())))
                .put("vsock", vsock)
                .put("entropy", entropy)
                .put("balloon", balloon)
                .build();
    }

    /** Opens again what was saved. */
    void restore(JsonFields saved, boolean tracksDirtyPages) throws Fault {
        machine(saved.object("machine").object());
        machine.put("track_dirty_pages", Json.of(tracksDirtyPages));
        for (JsonFields drive : saved.list("drives", d -> d)) {
            drive(drive.string("drive_id"), drive.object());
        }
        for (JsonFields network : saved.list("networks", n -> n)) {
            network(network.string("iface_id"), network.object());
        }
        saved.optionalObject("vsock").ifPresent(v -> vsock(v.object()));
        saved.optionalObject("entropy").ifPresent(e -> entropy(e.object()));
        saved.optionalObject("balloon").ifPresent(b -> balloon = b.object());
    }

    void close() {
        drives.values().forEach(Drive::close);
    }
}

package dev.smolvm.vmm.firecracker.fake;

import dev.smolvm.json.Json;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The bodies of requests, as Firecracker's deserializer takes them. A field is written {@code NAME[!|?][@MINOR] TYPE}: {@code !}
 * is required, {@code ?} may be null, {@code @} is the minor version that brought it. A definition whose name ends in {@code *}
 * ignores fields that it does not know; all others refuse them.
 */
record Schema(String name, boolean open, Map<String, Field> fields) {
    private static final Map<String, Schema> ALL = new LinkedHashMap<>();

    /** @param type {@code bool}, {@code string}, {@code mac}, {@code u8} … {@code u64}, {@code A|B@17}, {@code {Name}} or {@code [Name]} */
    record Field(String name, boolean required, boolean nullable, int since, String type) {}

    static {
        define(
                "MachineConfig",
                "vcpu_count! u8",
                "mem_size_mib! u64",
                "smt bool",
                "cpu_template? " + templates(),
                "track_dirty_pages bool",
                "huge_pages None|2M|Transparent@17");
        define(
                "MachineConfigUpdate",
                "vcpu_count? u8",
                "mem_size_mib? u64",
                "smt? bool",
                "cpu_template? " + templates(),
                "track_dirty_pages? bool",
                "huge_pages? None|2M|Transparent@17");
        define("BootSource", "kernel_image_path! string", "initrd_path? string", "boot_args? string");
        define(
                "Drive",
                "drive_id! string",
                "partuuid? string",
                "is_root_device! bool",
                "cache_type Unsafe|Writeback",
                "is_read_only? bool",
                "path_on_host? string",
                "rate_limiter? {RateLimiter}",
                "io_engine? Sync|Async",
                "socket? string");
        define("PartialDrive", "drive_id! string", "path_on_host? string", "rate_limiter? {RateLimiter}");
        define(
                "NetworkInterface",
                "iface_id! string",
                "host_dev_name! string",
                "guest_mac? mac",
                "mtu?@16 u16",
                "rx_rate_limiter? {RateLimiter}",
                "tx_rate_limiter? {RateLimiter}");
        define(
                "PartialNetworkInterface",
                "iface_id! string",
                "rx_rate_limiter? {RateLimiter}",
                "tx_rate_limiter? {RateLimiter}");
        define("Vsock", "vsock_id? string", "guest_cid! u32", "uds_path! string");
        define("Entropy", "rate_limiter? {RateLimiter}");
        define(
                "Balloon",
                "amount_mib! u32",
                "deflate_on_oom! bool",
                "stats_polling_interval_s u16",
                "free_page_hinting@14 bool",
                "free_page_reporting@14 bool");
        define("BalloonUpdate", "amount_mib! u32");
        define("BalloonStatsUpdate", "stats_polling_interval_s! u16");
        define("Serial", "serial_out_path? string", "rate_limiter?@16 {TokenBucket*}");
        define(
                "Logger",
                "log_path? string",
                "level? string",
                "show_level? bool",
                "show_log_origin? bool",
                "module? string");
        define("Metrics*", "metrics_path! string", "emit_id@17 bool");
        define("Action", "action_type! FlushMetrics|InstanceStart|SendCtrlAltDel");
        define("Vm", "state! Paused|Resumed");
        define("SnapshotCreate", "snapshot_type Diff|Full", "snapshot_path! string", "mem_file_path! string");
        define(
                "SnapshotLoad",
                "snapshot_path! string",
                "mem_file_path? string",
                "mem_backend? {MemoryBackend}",
                "enable_diff_snapshots bool",
                "track_dirty_pages@13 bool",
                "resume_vm bool",
                "network_overrides@12 [NetworkOverride*]",
                "vsock_override?@16 {VsockOverride*}",
                "clock_realtime@16 bool",
                "huge_pages?@17 Snapshot|None|Transparent|2M");
        define("MemoryBackend", "backend_path! string", "backend_type! File|Uffd");
        define("NetworkOverride*", "iface_id! string", "host_dev_name! string");
        define("VsockOverride*", "uds_path! string");
        define("RateLimiter", "bandwidth? {TokenBucket*}", "ops? {TokenBucket*}");
        define("TokenBucket*", "size! u64", "one_time_burst? u64", "refill_time! u64");
    }

    private static String templates() {
        return "C3|T2|T2S|T2CL|T2A|V1N1|None";
    }

    private static void define(String name, String... fields) {
        Map<String, Field> all = new LinkedHashMap<>();
        for (String line : fields) {
            String[] parts = line.split(" ", 2);
            String[] dated = parts[0].split("@");
            String bare = dated[0].replaceAll("[!?]$", "");
            all.put(
                    bare,
                    new Field(
                            bare,
                            dated[0].endsWith("!"),
                            dated[0].endsWith("?"),
                            dated.length > 1 ? Integer.parseInt(dated[1]) : 0,
                            parts[1]));
        }
        ALL.put(name, new Schema(name, name.endsWith("*"), all));
    }

    static Schema named(String name) {
        return ALL.get(name);
    }

    /** The body if a release takes it. */
    Json.Obj check(Json body, Release release) throws Fault {
        if (!(body instanceof Json.Obj object)) {
            throw Fault.json("invalid type: expected struct " + name.replace("*", ""));
        }
        List<Field> known =
                fields.values().stream().filter(f -> release.since(f.since())).toList();
        for (Map.Entry<String, Json> given : object.fields().entrySet()) {
            Field field = known.stream()
                    .filter(f -> f.name().equals(given.getKey()))
                    .findFirst()
                    .orElse(null);
            if (field != null) {
                check(field, given.getValue(), release);
            } else if (!open) {
                throw Fault.json("unknown field `" + given.getKey() + "`, expected one of "
                        + known.stream().map(f -> "`" + f.name() + "`").collect(Collectors.joining(", ")));
            }
        }
        for (Field field : known) {
            if (field.required() && !object.fields().containsKey(field.name())) {
                throw Fault.json("missing field `" + field.name() + "`");
            }
        }
        return object;
    }

    private static void check(Field field, Json value, Release release) throws Fault {
        if (value instanceof Json.Null && field.nullable()) {
            return;
        }
        String type = field.type();
        switch (type) {
            case "bool" -> require(value instanceof Json.Bool, value, "a boolean");
            case "string" -> require(value instanceof Json.Str, value, "a string");
            case "mac" -> {
                require(value instanceof Json.Str, value, "a string");
                if (!((Json.Str) value).value().matches("([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")) {
                    throw Fault.json("The provided MAC address is invalid");
                }
            }
            case "u8", "u16", "u32", "u64" -> unsigned(value, Integer.parseInt(type.substring(1)));
            default -> {
                String inner = type.substring(1, type.length() - 1);
                if (type.startsWith("{")) {
                    named(inner).check(value, release);
                } else if (type.startsWith("[")) {
                    require(value instanceof Json.Arr, value, "a sequence");
                    for (Json item : ((Json.Arr) value).items()) {
                        named(inner).check(item, release);
                    }
                } else {
                    variant(value, type, release);
                }
            }
        }
    }

    private static void unsigned(Json value, int bits) throws Fault {
        require(value instanceof Json.Int, value, "u" + bits);
        long number = ((Json.Int) value).value();
        if (number < 0 || bits < 64 && number >= 1L << bits) {
            throw Fault.json("invalid value: integer `" + number + "`, expected u" + bits);
        }
    }

    private static void variant(Json value, String type, Release release) throws Fault {
        List<String> variants = Arrays.stream(type.split("\\|"))
                .map(v -> v.split("@"))
                .filter(v -> v.length == 1 || release.since(Integer.parseInt(v[1])))
                .map(v -> v[0])
                .toList();
        require(value instanceof Json.Str, value, "a variant");
        String given = ((Json.Str) value).value();
        if (!variants.contains(given)) {
            throw Fault.json("unknown variant `" + given + "`, expected "
                    + variants.stream().map(v -> "`" + v + "`").collect(Collectors.joining(" or ")));
        }
    }

    private static void require(boolean good, Json value, String expected) throws Fault {
        if (!good) {
            throw Fault.json("invalid type: " + value.compact() + ", expected " + expected);
        }
    }
}

package dev.smolvm.vmm.firecracker;

import static dev.smolvm.vmm.firecracker.FakeMachine.create;
import static dev.smolvm.vmm.firecracker.FakeMachine.drive;
import static dev.smolvm.vmm.firecracker.FakeMachine.load;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The fake's API; what it refuses was compared with Firecracker 1.10.1 and 1.16.1. */
class FakeApiTest {
    private static final String BEFORE = "The requested operation is not supported before starting the microVM.";
    private static final String AFTER = "The requested operation is not supported after starting the microVM.";

    @TempDir
    Path directory;

    /** A request, and how it is answered before the boot, while the guest runs and while it is paused; + is without a fault. */
    private record Row(String method, String path, String body, String before, String running, String paused) {}

    private static final List<Row> TABLE = List.of(
            new Row("PATCH", "/vm", "{'state':'Resumed'}", BEFORE, "+", "+"),
            new Row("PATCH", "/drives/root", "{'drive_id':'root','path_on_host':'disk'}", BEFORE, "+", "+"),
            new Row("PATCH", "/balloon", "{'amount_mib':1}", BEFORE, "No balloon", "No balloon"),
            new Row(
                    "PUT",
                    "/snapshot/create",
                    "{'snapshot_path':'s','mem_file_path':'m'}",
                    BEFORE,
                    "while running",
                    "+"),
            new Row("PUT", "/actions", "{'action_type':'FlushMetrics'}", BEFORE, "+", "+"),
            new Row("PUT", "/machine-config", "{'vcpu_count':1,'mem_size_mib':16}", "+", AFTER, AFTER),
            new Row("PATCH", "/machine-config", "{'smt':false}", "+", AFTER, AFTER),
            new Row("PUT", "/boot-source", "{'kernel_image_path':'kernel'}", "+", AFTER, AFTER),
            new Row(
                    "PUT",
                    "/drives/d",
                    "{'drive_id':'d','is_root_device':false,'path_on_host':'disk'}",
                    "+",
                    AFTER,
                    AFTER),
            new Row("PUT", "/network-interfaces/n", "{'iface_id':'n','host_dev_name':'tap0'}", "+", AFTER, AFTER),
            new Row("PUT", "/vsock", "{'guest_cid':3,'uds_path':'other.vsock'}", "+", AFTER, AFTER),
            new Row("PUT", "/entropy", "{}", "+", AFTER, AFTER),
            new Row("PUT", "/serial", "{'serial_out_path':'serial'}", "+", AFTER, AFTER),
            new Row("PUT", "/logger", "{'log_path':'log'}", "+", AFTER, AFTER),
            new Row("PUT", "/metrics", "{'metrics_path':'metrics'}", "+", AFTER, AFTER),
            new Row(
                    "PUT",
                    "/snapshot/load",
                    "{'snapshot_path':'s','mem_file_path':'m'}",
                    "not allowed after configuring boot-specific resources",
                    AFTER,
                    AFTER));

    @Test
    void what_is_allowed_depends_on_the_machines_state() throws Exception {
        try (FakeMachine machine = new FakeMachine(directory, "vm", "1.16.1")) {
            machine.configure(false);
            assertThat(machine.api().get("/").string("state")).isEqualTo("Not started");
            List<String> wrong = new ArrayList<>();
            TABLE.forEach(row -> check(machine, row, row.before(), wrong));
            machine.api().put("/actions", Json.object().put("action_type", "InstanceStart"));
            assertThat(machine.api().get("/").string("state")).isEqualTo("Running");
            TABLE.forEach(row -> check(machine, row, row.running(), wrong));
            for (Row row : TABLE) {
                machine.pause();
                check(machine, row, row.paused(), wrong);
            }
            machine.pause();
            assertThat(machine.api().get("/").string("state")).isEqualTo("Paused");
            assertThat(wrong).isEmpty();
        }
    }

    private static void check(FakeMachine machine, Row row, String expected, List<String> wrong) {
        String answer = answer(machine, row.method(), row.path(), row.body());
        if (!answer.contains(expected)) {
            wrong.add(row + ": " + answer);
        }
    }

    /** @return the fault, or + */
    private static String answer(FakeMachine machine, String method, String path, String body) {
        Json.Builder json = Json.object();
        if (JsonParser.parse(body.replace('\'', '"')) instanceof Json.Obj(var fields)) {
            fields.forEach(json::put);
        }
        try {
            if (method.equals("PUT")) {
                machine.api().put(path, json);
            } else {
                machine.api().patch(path, json);
            }
            return "+";
        } catch (FirecrackerFaultException e) {
            return e.fault();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            textBlock =
                    """
                    PUT;   /machine-config; {'vcpu_count':1}; missing field `mem_size_mib`
                    PUT;   /machine-config; {'vcpu_count':0,'mem_size_mib':16}; number of vCPUs
                    PUT;   /machine-config; {'vcpu_count':33,'mem_size_mib':16}; number of vCPUs
                    PUT;   /machine-config; {'vcpu_count':3,'mem_size_mib':16,'smt':true}; number of vCPUs
                    PUT;   /machine-config; {'vcpu_count':300,'mem_size_mib':16}; expected u8
                    PUT;   /machine-config; {'vcpu_count':-1,'mem_size_mib':16}; expected u8
                    PUT;   /machine-config; {'vcpu_count':1,'mem_size_mib':0}; memory size
                    PUT;   /machine-config; {'vcpu_count':1,'mem_size_mib':'16'}; invalid type
                    PUT;   /machine-config; {'vcpu_count':1,'mem_size_mib':16,'smt':null}; invalid type
                    PUT;   /machine-config; {'vcpu_count':1,'mem_size_mib':16,'ht':true}; unknown field `ht`
                    PUT;   /machine-config; {'vcpu_count':1,'mem_size_mib':16,'huge_pages':'1G'}; unknown variant `1G`
                    PUT;   /machine-config; {'vcpu_count':1,'mem_size_mib':15,'huge_pages':'2M'}; memory size
                    PATCH; /machine-config; {}; Empty PATCH request
                    PUT;   /boot-source; {'kernel_image_path':'/nowhere'}; kernel file cannot be opened
                    PUT;   /boot-source; {'kernel_image_path':'kernel','initrd_path':'/nowhere'}; initrd file cannot
                    PUT;   /drives/d; {'drive_id':'d','is_root_device':false}; Invalid block config
                    PUT;   /drives/d; {'drive_id':'e','is_root_device':false,'path_on_host':'disk'}; does not match
                    PUT;   /drives/d; {'drive_id':'d','is_root_device':false,'path_on_host':'/nowhere'}; backing file
                    PUT;   /drives/d; {'drive_id':'d','is_root_device':false,'path_on_host':'/tmp'}; Is a directory
                    PUT;   /drives/d; {'drive_id':'d','is_root_device':true,'path_on_host':'disk'}; already exists
                    PUT;   /drives/d; {'drive_id':'d','is_root_device':false,'path_on_host':'disk','cache_type':'None'}; unknown variant
                    PUT;   /drives/d; {'drive_id':'d','is_root_device':false,'path_on_host':'disk','rate_limiter':{'ops':{'size':1}}}; missing field `refill_time`
                    PUT;   /drives/a-b; {'drive_id':'a-b','is_root_device':false,'path_on_host':'disk'}; alphanumeric
                    PUT;   /drives; {}; ID cannot be empty
                    PUT;   /network-interfaces/n; {'iface_id':'n'}; missing field `host_dev_name`
                    PUT;   /network-interfaces/n; {'iface_id':'n','host_dev_name':'tap0','guest_mac':'zz'}; MAC address is invalid
                    PUT;   /vsock; {'guest_cid':3,'uds_path':'disk'}; Address already in use
                    PUT;   /vsock; {'guest_cid':3}; missing field `uds_path`
                    PUT;   /balloon; {'amount_mib':17,'deflate_on_oom':true}; too large
                    PUT;   /balloon; {'amount_mib':0}; missing field `deflate_on_oom`
                    PUT;   /logger; {'level':'loud'}; Invalid LevelFilter
                    PUT;   /actions; {'action_type':'Halt'}; unknown variant
                    PUT;   /actions; {}; missing field `action_type`
                    PATCH; /vm; {'state':'Running'}; unknown variant `Running`
                    PUT;   /snapshot/create; {'snapshot_path':'s'}; missing field `mem_file_path`
                    PUT;   /snapshot/create; {'snapshot_path':'s','mem_file_path':'m','snapshot_type':'Live'}; unknown variant
                    PUT;   /snapshot/create; {'snapshot_path':'s','mem_file_path':'m','version':'1'}; unknown field
                    PUT;   /snapshot/load; {'snapshot_path':'s'}; either `mem_backend` or `mem_file_path`
                    PUT;   /snapshot/load; {'snapshot_path':'s','mem_file_path':'m','mem_backend':{'backend_type':'File','backend_path':'m'}}; too many fields
                    PUT;   /snapshot/load; {'snapshot_path':'s','mem_backend':{'backend_type':'Pipe','backend_path':'m'}}; unknown variant
                    PUT;   /snapshot/rename; {'a':1}; Invalid request method and/or path
                    PATCH; /vsock; {'a':1}; Invalid request method and/or path
                    """)
    void a_request_that_is_not_as_it_should_be_is_a_fault(String method, String path, String body, String fault)
            throws Exception {
        try (FakeMachine machine = new FakeMachine(directory, "vm", "1.16.1")) {
            machine.configure(false);
            assertThat(answer(machine, method, path, body)).contains(fault);
            machine.api().put("/actions", Json.object().put("action_type", "InstanceStart"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            textBlock =
                    """
                    12; PUT; /snapshot/load; {'snapshot_path':'s','mem_file_path':'m','network_overrides':[]}
                    13; PUT; /snapshot/load; {'snapshot_path':'s','mem_file_path':'m','track_dirty_pages':true}
                    14; PUT; /serial; {'serial_out_path':'serial'}
                    16; PUT; /serial; {'rate_limiter':{'size':1,'refill_time':1}}
                    14; PUT; /logger; {'log_path':'new.log'}
                    16; PUT; /snapshot/load; {'snapshot_path':'s','mem_file_path':'m','vsock_override':{'uds_path':'v'}}
                    16; PUT; /snapshot/load; {'snapshot_path':'s','mem_file_path':'m','clock_realtime':true}
                    16; PUT; /network-interfaces/n; {'iface_id':'n','host_dev_name':'tap0','mtu':1500}
                    17; PUT; /snapshot/load; {'snapshot_path':'s','mem_file_path':'m','huge_pages':'None'}
                    """)
    void a_field_is_known_from_its_release_on(int since, String method, String path, String body) throws Exception {
        try (FakeMachine older = new FakeMachine(directory, "older", "1." + (since - 1) + ".0");
                FakeMachine newer = new FakeMachine(directory, "newer", "1." + since + ".0")) {
            assertThat(answer(older, method, path, body))
                    .containsPattern("unknown field|Invalid request|No such file or directory \\(os error 2\\)$")
                    .doesNotContain("snapshot file");
            assertThat(answer(newer, method, path, body))
                    .matches(path.equals("/snapshot/load") ? ".*Failed to open snapshot file.*" : "\\+");
        }
    }

    @Test
    void a_restore_that_fails_ends_the_process() throws Exception {
        try (FakeMachine machine = new FakeMachine(directory, "vm", "1.16.1")) {
            machine.api().put("/logger", Json.object().put("level", "Info"));
            assertThat(answer(
                            machine,
                            "PUT",
                            "/snapshot/load",
                            load("none").build().compact()))
                    .contains("Failed to open snapshot file: No such file or directory");
            assertThat(machine.process().exit().get(5, java.util.concurrent.TimeUnit.SECONDS))
                    .isEqualTo(1);
        }
    }

    @Test
    void a_vsock_device_can_be_replaced_and_a_failure_leaves_none() throws Exception {
        try (FakeMachine machine = new FakeMachine(directory, "vm", "1.16.1")) {
            String vsock = "{'guest_cid':3,'uds_path':'%s'}";
            assertThat(answer(machine, "PUT", "/vsock", vsock.formatted("a"))).isEqualTo("+");
            assertThat(answer(machine, "PUT", "/vsock", vsock.formatted("a"))).isEqualTo("+");
            assertThat(answer(machine, "PUT", "/vsock", vsock.formatted("disk")))
                    .contains("Address already in use");
            assertThat(directory.resolve("a")).doesNotExist();
            assertThat(machine.api().get("/vm/config").has("vsock")).isFalse();
            assertThat(answer(machine, "PUT", "/vsock", vsock.formatted("a"))).isEqualTo("+");
        }
    }

    @Test
    void a_machine_starts_only_with_a_kernel_that_is_one() throws Exception {
        try (FakeMachine machine = new FakeMachine(directory, "vm", "1.10.1")) {
            String start = "{'action_type':'InstanceStart'}";
            assertThat(answer(machine, "PUT", "/actions", start)).contains("without kernel configuration");
            machine.api().put("/boot-source", Json.object().put("kernel_image_path", "disk"));
            assertThat(answer(machine, "PUT", "/actions", start)).contains("Invalid Elf magic number");
            machine.api().put("/boot-source", Json.object().put("kernel_image_path", "kernel"));
            assertThat(answer(machine, "PUT", "/actions", start)).isEqualTo("+");
            assertThat(answer(machine, "PUT", "/actions", start)).isEqualTo(AFTER);
        }
    }

    @Test
    void what_was_configured_can_be_asked_and_every_call_is_recorded() throws Exception {
        try (FakeMachine machine = new FakeMachine(directory, "vm", "1.16.1")) {
            assertThat(machine.api().get("/version").string("firecracker_version"))
                    .isEqualTo("1.16.1");
            assertThat(machine.api().get("/machine-config").integer("mem_size_mib"))
                    .isEqualTo(128);
            machine.configure(true);
            machine.api().put("/drives/data", drive("data", false, "disk"));
            var config = machine.api().get("/vm/config");
            assertThat(config.object("machine-config").bool("track_dirty_pages"))
                    .isTrue();
            assertThat(config.list("drives", d -> d.string("drive_id"))).containsExactly("root", "data");
            assertThat(answer(
                            machine,
                            "PUT",
                            "/snapshot/create",
                            create("Full", "s").build().compact()))
                    .isEqualTo(BEFORE);
            List<String> calls = Files.readAllLines(directory.resolve("calls.jsonl"));
            assertThat(calls.getFirst())
                    .isEqualTo("{\"method\":\"GET\",\"path\":\"/version\",\"body\":null,\"status\":200}");
            assertThat(calls.getLast()).contains("\"/snapshot/create\"").endsWith("\"status\":400}");
        }
    }
}

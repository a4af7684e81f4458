package dev.smolvm.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import dev.smolvm.store.BlobId;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.testing.Samples;
import dev.smolvm.vmm.AttachedDisk;
import dev.smolvm.vmm.MachineSpec;
import dev.smolvm.vmm.SavedState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QemuCommandLineTest {
    private static final StoreLayout LAYOUT = new StoreLayout(Path.of("/store,with=commas"));
    private static final QemuBinary QEMU =
            new QemuBinary(Path.of("qemu"), "10.0.2", "pc-q35-10.0", true, true, true, true, true);
    private static final SavedState STATE =
            new SavedState(Path.of("/s/device.state"), Path.of("/s,x=y/memory"), 1 << 20);

    private final MachineSpec machine = Samples.machine(Optional.of("52:54:00:00:00:01"), 12);
    private final List<AttachedDisk> disks = List.of(
            new AttachedDisk.Chain("root", List.of(layer("a"), layer("b"), layer("c"))),
            new AttachedDisk.UserFile("drive0", Path.of("/home/u/,file=x.img"), false, true),
            new AttachedDisk.UserFile("drive1", Path.of("/home/u/y.qcow2"), true, false));

    @Test
    void every_format_and_every_backing_is_said_explicitly() {
        List<JsonFields> nodes = blockdevs(line(Optional.empty()));
        assertThat(nodes.subList(0, 2)).extracting(n -> n.string("driver")).containsExactly("file", "raw");
        assertThat(nodes.subList(2, nodes.size()))
                .extracting(n -> n.string("driver"))
                .containsExactly("file", "qcow2", "file", "qcow2", "file", "qcow2", "file", "raw", "file", "qcow2");
        List<JsonFields> layers = nodes.stream()
                .filter(n -> n.string("driver").equals("qcow2"))
                .filter(n -> n.string("node-name").startsWith("l"))
                .toList();
        assertThat(layers.get(0).object().fields().get("backing")).isEqualTo(Json.NULL);
        assertThat(layers.get(1).string("backing")).isEqualTo(layers.get(0).string("node-name"));
        assertThat(layers.get(2).string("backing")).isEqualTo(layers.get(1).string("node-name"));
        assertThat(layers).extracting(n -> n.bool("read-only")).containsExactly(true, true, false);
        for (JsonFields node : nodes) {
            assertThat(node.string("node-name").length()).isLessThanOrEqualTo(31);
            if (!node.string("driver").equals("file")) {
                assertThat(nodes).extracting(n -> n.string("node-name")).contains(node.string("file"));
            }
        }
        assertThat(nodes.stream().map(n -> n.string("node-name")).distinct()).hasSize(nodes.size());
    }

    /** A guest may have written a qcow2 header into it. */
    @Test
    void a_raw_layer_beneath_others_stays_raw() {
        BlobId raw = new BlobId("9".repeat(32));
        AttachedDisk chain = new AttachedDisk.Chain(
                "look0", List.of(new AttachedDisk.Layer(raw, Path.of("/store/layers/raw"), true), layer("a")));
        List<Json.Obj> nodes = BlockNodes.of(chain);
        assertThat(nodes).hasSize(4);
        JsonFields lowest = JsonFields.of(nodes.get(1), "node");
        assertThat(lowest.string("driver")).isEqualTo("raw");
        assertThat(lowest.bool("read-only")).isTrue();
        JsonFields top = JsonFields.of(nodes.get(3), "node");
        assertThat(top.string("driver")).isEqualTo("qcow2");
        assertThat(top.string("backing")).isEqualTo(lowest.string("node-name"));
    }

    /** A header that names a backing file must not be believed for a user's disk either. */
    @Test
    void a_users_qcow2_has_no_backing_file_whatever_its_header_says() {
        JsonFields drive = blockdevs(line(Optional.empty())).getLast();
        assertThat(drive.string("node-name")).isEqualTo("u-drive1");
        assertThat(drive.object().fields()).containsEntry("backing", Json.NULL);
    }

    @Test
    void raw_stays_raw_and_read_only_stays_read_only() {
        List<JsonFields> nodes = blockdevs(line(Optional.empty()));
        JsonFields raw = nodes.get(nodes.size() - 3);
        assertThat(raw.string("driver")).isEqualTo("raw");
        assertThat(raw.bool("read-only")).isTrue();
        assertThat(nodes.get(nodes.size() - 4).bool("read-only")).isTrue();
    }

    @Test
    void a_path_with_commas_adds_no_option() {
        List<String> line = line(Optional.of(STATE));
        assertThat(blockdevs(line))
                .extracting(n -> n.optionalString("filename").orElse(""))
                .contains("/home/u/,file=x.img");
        JsonFields memory = json(after(line, "-object").getFirst());
        assertThat(memory.string("mem-path")).isEqualTo("/s,x=y/memory");
        assertThat(after(line, "-kernel")).singleElement().asString().startsWith("/store,with=commas/layers/");
    }

    @Test
    void memory_is_mapped_privately_and_only_where_that_is_known_without_a_right_to_write() {
        JsonFields memory = json(after(line(Optional.of(STATE)), "-object").getFirst());
        assertThat(memory.bool("share")).isFalse();
        assertThat(memory.bool("readonly")).isTrue();
        assertThat(memory.integer("offset")).isEqualTo(1 << 20);
        QemuBinary older = new QemuBinary(Path.of("qemu"), "7.2.15", "pc-q35-7.2", false, false, false, false, true);
        JsonFields copied = json(after(
                        QemuCommandLine.of(
                                older,
                                Samples.machine(),
                                List.of(),
                                LAYOUT,
                                Optional.of(new SavedState(Path.of("/s/device.state"), Path.of("/run/memory"), 0))),
                        "-object")
                .getFirst());
        assertThat(copied.bool("share")).isFalse();
        assertThat(copied.object().fields()).doesNotContainKeys("readonly", "rom", "offset");
    }

    @Test
    void runs_confined() {
        List<String> line = line(Optional.empty());
        assertThat(line).contains("-nodefaults", "-no-user-config");
        assertThat(after(line, "-sandbox"))
                .containsExactly("on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
        assertThat(line).doesNotContain("-daemonize", "-monitor", "-vnc", "-spice", "-serial");
        assertThat(after(line, "-netdev")).containsExactly("user,id=net0,ipv6=off");
    }

    @Test
    void sockets_are_only_in_the_run_directory() {
        assertThat(after(line(Optional.empty()), "-chardev")).allSatisfy(c -> assertThat(c)
                .satisfiesAnyOf(
                        s -> assertThat(s).matches("socket,id=[a-z0-9]+,path=[a-z0-9-]+\\.sock,server=on,wait=off"),
                        s -> assertThat(s).matches("ringbuf,id=console,size=\\d+")));
    }

    @Test
    void the_same_machine_has_the_same_devices_with_and_without_a_saved_state() {
        List<String> booted = line(Optional.empty());
        List<String> restored = line(Optional.of(STATE));
        for (String option : List.of("-device", "-machine", "-cpu", "-smp", "-m", "-global", "-blockdev", "-append")) {
            assertThat(after(restored, option)).isEqualTo(after(booted, option));
        }
        assertThat(line(Optional.empty())).isEqualTo(booted);
        assertThat(booted).doesNotContain("-incoming", "-S");
        assertThat(after(restored, "-incoming")).containsExactly("defer");
        assertThat(restored).contains("-S");
    }

    @Test
    void a_saved_state_is_mapped_and_never_written() {
        JsonFields memory = json(after(line(Optional.of(STATE)), "-object").getFirst());
        assertThat(memory.string("qom-type")).isEqualTo("memory-backend-file");
        assertThat(memory.bool("share")).isFalse();
        assertThat(memory.bool("readonly")).isTrue();
        assertThat(memory.integer("offset")).isEqualTo(1 << 20);
        assertThat(memory.integer("size")).isEqualTo(512L << 20);
        assertThat(json(after(line(Optional.empty()), "-object").getFirst()).string("qom-type"))
                .isEqualTo("memory-backend-ram");
    }

    @Test
    void the_machine_is_the_versioned_one_and_its_stream_the_bare_one() {
        List<String> line = line(Optional.empty());
        assertThat(after(line, "-machine"))
                .containsExactly("pc-q35-10.0,memory-backend=ram,suppress-vmdesc=on,vmport=off", "pflash0=firmware");
        assertThat(after(line, "-global")).contains("migration.send-configuration=off");
        assertThat(after(line, "-m")).containsExactly("512M");
        assertThat(after(line, "-accel")).containsExactly("tcg");
    }

    @Test
    void there_is_no_network_where_none_was_asked_for() {
        List<String> line =
                QemuCommandLine.of(QEMU, Samples.machine(Optional.empty(), 12), disks, LAYOUT, Optional.empty());
        assertThat(line).doesNotContain("-netdev").noneMatch(a -> a.contains("virtio-net"));
    }

    @Test
    void a_guest_without_an_agent_has_no_ports_for_one() {
        List<String> line =
                QemuCommandLine.of(QEMU, Samples.machine(Optional.empty(), 0), disks, LAYOUT, Optional.empty());
        assertThat(line).noneMatch(a -> a.contains("virtserialport"));
        assertThat(line(Optional.empty()).stream().filter(a -> a.startsWith("virtserialport")))
                .hasSize(12);
    }

    @Test
    void firmware_starts_the_root_disk_and_nothing_else() {
        for (MachineSpec.GuestDrivers drivers : MachineSpec.GuestDrivers.values()) {
            List<String> line = QemuCommandLine.of(
                    QEMU, Samples.fromDisk(new MachineSpec.Boot.Bios(), drivers), disks, LAYOUT, Optional.empty());
            assertThat(after(line, "-device").stream().filter(d -> d.contains("bootindex")))
                    .singleElement()
                    .asString()
                    .contains("id=disk-root,", "bootindex=0");
            assertThat(line).doesNotContain("-kernel");
        }
        assertThat(line(Optional.empty())).noneMatch(a -> a.contains("bootindex"));
    }

    @Test
    void uefi_has_its_variables_in_flash_and_every_disk_its_own_ahci_port() {
        List<AttachedDisk> all = new ArrayList<>(disks);
        all.add(1, new AttachedDisk.Chain("firmware", List.of(layer("d"), layer("e"))));
        List<String> line = QemuCommandLine.of(
                QEMU,
                Samples.fromDisk(new MachineSpec.Boot.Uefi(), MachineSpec.GuestDrivers.EMULATED),
                all,
                LAYOUT,
                Optional.empty());
        assertThat(after(line, "-machine")).contains("pflash0=firmware").anyMatch(m -> m.startsWith("pflash1=l"));
        assertThat(after(line, "-device").stream().filter(d -> d.startsWith("ide-hd")))
                .extracting(d -> d.replaceAll(".*,bus=([^,]*).*", "$1"))
                .containsExactly("ide.0", "ide.1", "ide.2");
        assertThat(after(line, "-device"))
                .anyMatch(d -> d.startsWith("e1000e,"))
                .noneMatch(d -> d.startsWith("virtio"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"machine_type", "cpu_model", "mac"})
    void text_from_a_manifest_cannot_add_options(String field) {
        String json = machine.toJson().compact();
        String value = JsonFields.of(machine.toJson(), "m").string(field);
        for (String more : List.of(",accel=x", " x", "\n", "\u0000", "")) {
            String wrong = json.replace(
                    "\"" + field + "\":\"" + value + "\"",
                    "\"" + field + "\":"
                            + Json.of(more.isEmpty() ? "" : value + more).compact());
            assertThatThrownBy(() -> MachineSpec.fromJson(JsonFields.of(JsonParser.parse(wrong), "machine")))
                    .isInstanceOf(JsonFormatException.class);
        }
    }

    @Test
    void a_machine_survives_its_json() {
        for (MachineSpec each :
                List.of(Samples.machine(Optional.of("52:54:00:00:00:01"), 12), Samples.machine(Optional.empty(), 0))) {
            assertThat(MachineSpec.fromJson(
                            JsonFields.of(JsonParser.parse(each.toJson().pretty()), "machine")))
                    .isEqualTo(each);
        }
    }

    private List<String> line(Optional<SavedState> state) {
        return QemuCommandLine.of(QEMU, machine, disks, LAYOUT, state);
    }

    private static AttachedDisk.Layer layer(String digit) {
        BlobId id = new BlobId(digit.repeat(32));
        return new AttachedDisk.Layer(id, Path.of("/store/layers", id + ".qcow2"));
    }

    private static List<String> after(List<String> line, String option) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < line.size() - 1; i++) {
            if (line.get(i).equals(option)) {
                values.add(line.get(i + 1));
            }
        }
        return values;
    }

    private static List<JsonFields> blockdevs(List<String> line) {
        return after(line, "-blockdev").stream().map(QemuCommandLineTest::json).toList();
    }

    private static JsonFields json(String text) {
        return JsonFields.of(JsonParser.parse(text), "argument");
    }
}

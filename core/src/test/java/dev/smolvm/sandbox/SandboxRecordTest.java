package dev.smolvm.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.store.BlobId;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.testing.JsonChanges;
import dev.smolvm.testing.Samples;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SandboxRecordTest {
    private static final SandboxRecord FULL = new SandboxRecord(
            Samples.definition(Samples.machine()),
            List.of(
                    DiskRecord.Chain.of(
                            "root", Samples.DISK_BYTES, List.of(Samples.blob(BlobKind.LAYER)), BlobId.random()),
                    new DiskRecord.Chain(
                            "mount0",
                            1 << 20,
                            List.of(Samples.blob(BlobKind.LAYER)),
                            List.of(BlobId.random(), BlobId.random()),
                            Optional.of("/mnt"),
                            Optional.of(Path.of("/home/u/data"))),
                    new DiskRecord.Whole(
                            "raw0", 1 << 20, BlobId.random(), Optional.of("/raw"), Optional.of(Path.of("/home/u/raw"))),
                    new DiskRecord.UserDrive("drive0", Path.of("/home/u/x.img"), false, true)),
            7,
            Optional.of(new ProcessIdentity(4711, 123_456, "0d1e")),
            OptionalInt.of(40_022),
            List.of(new PortForward(8080, 80)),
            Optional.of(new SnapshotId("s1")),
            Refresh.IDENTITY);

    @Test
    void what_was_written_is_read() {
        SandboxRecord stopped = FULL.stopped().withPorts(List.of());
        for (SandboxRecord record : List.of(FULL, stopped, Samples.record(BlobId.random()))) {
            assertThat(SandboxRecord.fromJson(JsonParser.parse(record.toJson().pretty())))
                    .isEqualTo(record);
        }
    }

    @Test
    void a_field_that_is_missing_or_of_another_type_is_a_format_error_and_nothing_worse() {
        List<Json> changes = JsonChanges.of(FULL.toJson()).toList();
        int refused = 0;
        for (Json changed : changes) {
            try {
                SandboxRecord.fromJson(changed);
            } catch (JsonFormatException e) {
                refused++;
            } catch (dev.smolvm.error.SmolVmException e) {
                // A name that is not valid: the reader of the file says that the file is damaged.
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(changes.size() / 2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"format\":2",
                "\"generation\":-1",
                "\"pid\":0",
                "\"pid\":-1",
                "\"pid\":4294967296",
                "\"host\":0",
                "\"host\":65536",
                "\"guest\":-1",
                "\"ssh_port\":70000",
                "\"bytes\":0",
                "\"bytes\":511",
                "\"bytes\":513",
                "\"bytes\":9223372036854775807",
                "\"memory_mib\":0",
                "\"memory_mib\":4294967296",
                "\"agent_ports\":31",
                "\"sealed\":[{\"kind\":\"kernel\",\"id\":\"00000000000000000000000000000000\",\"size\":1,\"checksum\":\"x\"}]",
                "\"open\":[]",
            })
    void numbers_and_lists_out_of_their_range_are_refused(String wrong) {
        String key = wrong.substring(0, wrong.indexOf(':') + 1);
        String good = FULL.toJson().compact();
        assertThat(good).contains(key);
        String changed = wrong.contains("[")
                ? good.replaceFirst(key + "\\[.*?\\]", java.util.regex.Matcher.quoteReplacement(wrong))
                : good.replaceFirst(key + "-?\\d+", wrong);
        assertThat(changed).isNotEqualTo(good);
        assertThatThrownBy(() -> SandboxRecord.fromJson(JsonParser.parse(changed)))
                .isInstanceOf(JsonFormatException.class);
    }

    @Test
    void a_record_without_a_root_disk_is_refused() {
        Json noChain = FULL.withDisks(List.of(FULL.disks().getLast())).toJson();
        assertThatThrownBy(() -> SandboxRecord.fromJson(noChain)).hasMessageContaining("no root disk");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a,b", "../x", "A", "root=x"})
    void a_disk_id_cannot_add_an_option(String id) {
        String changed = FULL.toJson().compact().replace("\"id\":\"root\"", "\"id\":\"" + id + "\"");
        assertThatThrownBy(() -> SandboxRecord.fromJson(JsonParser.parse(changed)))
                .isInstanceOf(JsonFormatException.class);
    }

    @Test
    void a_stopped_sandbox_has_no_process_and_no_ssh_port_and_keeps_the_rest() {
        SandboxRecord stopped = FULL.stopped();
        assertThat(stopped.process()).isEmpty();
        assertThat(stopped.sshPort()).isEmpty();
        // It has the identity of its source until it is told otherwise; the time it gets from its boot.
        assertThat(stopped.refresh()).isEqualTo(Refresh.IDENTITY);
        assertThat(FULL.withRefresh(Refresh.TIME).stopped().refresh()).isEqualTo(Refresh.NONE);
        assertThat(stopped.disks()).isEqualTo(FULL.disks());
        assertThat(stopped.parent()).isEqualTo(FULL.parent());
        assertThat(stopped.generation()).isEqualTo(7);
    }

    /** What the collector of unused layers looks for. */
    @Test
    void every_layer_is_written_in_the_shape_of_a_reference() {
        String json = FULL.toJson().compact();
        for (DiskRecord.Chain chain : FULL.chains()) {
            for (BlobId open : chain.open()) {
                assertThat(json).contains("{\"kind\":\"layer\",\"id\":\"" + open + "\"}");
            }
            chain.sealed().forEach(s -> assertThat(json).contains("{\"kind\":\"layer\",\"id\":\"" + s.id() + "\""));
        }
    }
}

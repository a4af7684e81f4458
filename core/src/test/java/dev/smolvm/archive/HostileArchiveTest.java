package dev.smolvm.archive;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonParser;
import dev.smolvm.testing.JsonChanges;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives that were made to do harm, and broken ones. Whatever they are: nothing is published, and nothing stays. */
@Fault(Case.F20)
class HostileArchiveTest {
    @TempDir
    Path directory;

    private Shelf there;
    private Path file;
    private byte[] tar;
    private Map<String, String> before;

    @BeforeEach
    void anArchive() throws IOException {
        Shelf here = Shelf.open(directory.resolve("here"));
        here.full(Shelf.S1);
        file = here.export(Shelf.S1, directory.resolve("archive"));
        tar = Forgery.tar(file);
        there = Shelf.empty(directory.resolve("there"));
        before = there.files();
    }

    @AfterEach
    void nothingHasChanged() throws IOException {
        assertThat(there.files()).isEqualTo(before);
        assertThat(there.ids()).isEmpty();
    }

    private ErrorKind importing(byte[] forged) throws IOException {
        Files.write(file, Forgery.compressed(forged));
        return kindOf(() -> there.importFile(file));
    }

    private void refused(byte[] forged, String because) throws IOException {
        Files.write(file, Forgery.compressed(forged));
        assertThatThrownBy(() -> there.importFile(file)).isInstanceOfSatisfying(SmolVmException.class, e -> {
            assertThat(e.kind()).isEqualTo(ErrorKind.INTEGRITY);
            assertThat(e.getMessage()).contains(because).contains(file.toString());
        });
    }

    /** Where the header of an entry lies: of its extended one, or of the file itself. */
    private int header(String name) {
        byte[] wanted = Arrays.copyOf(name.getBytes(StandardCharsets.US_ASCII), name.length() + 1);
        for (int at = 0; at < tar.length; at += TarBlocks.BLOCK) {
            if (Arrays.equals(tar, at, at + wanted.length, wanted, 0, wanted.length)) {
                return at;
            }
        }
        throw new AssertionError("no entry " + name);
    }

    private byte[] with(int at, byte[] replacement) {
        byte[] forged = tar.clone();
        System.arraycopy(replacement, 0, forged, at, replacement.length);
        return forged;
    }

    @Test
    void names_types_and_links_of_any_other_kind_are_refused() throws IOException {
        int memory = header("./PaxHeaders/memory");
        refused(with(memory, TarBlocks.header("../../../etc/passwd", 0, '0')), "the file '../../../etc/passwd'");
        refused(with(memory, TarBlocks.header("/etc/passwd", 0, '0')), "the file '/etc/passwd'");
        refused(with(memory, TarBlocks.header("memory", 0, '1')), "the hard link 'memory'");
        refused(with(memory, TarBlocks.header("memory", 0, '2')), "the symbolic link 'memory'");
        refused(with(memory, TarBlocks.header("memory", 0, '3')), "the device 'memory'");
        refused(with(memory, TarBlocks.header("memory", 0, '4')), "the device 'memory'");
        refused(with(memory, TarBlocks.header("memory", 0, '5')), "the directory 'memory'");
        refused(with(memory, TarBlocks.header("memory", 0, '6')), "the pipe 'memory'");
        refused(with(memory, TarBlocks.header("x\u001b[2Jx", 0, 'L')), "something called 'x?[2Jx'");
        refused(with(memory, new byte[TarBlocks.END]), "the end");
    }

    @Test
    void entries_twice_too_many_or_out_of_order_are_refused() throws IOException {
        int state = header("./PaxHeaders/device.state");
        int memory = header("./PaxHeaders/memory");
        int end = tar.length - TarBlocks.END;
        refused(Forgery.join(tar, 0, memory, state, tar.length), "'./PaxHeaders/device.state'");
        refused(Forgery.join(tar, 0, end, memory, tar.length), "its end");
        refused(Forgery.join(tar, 0, state, memory, tar.length), "'./PaxHeaders/memory'");
        refused(Forgery.join(tar, 0, memory, end, tar.length), "the end");
        // Two descriptions.
        int second = header("./PaxHeaders/" + Forgery.entries(tar).getFirst());
        refused(Forgery.join(tar, 0, second, 0, tar.length), "the file '" + ArchiveDescription.NAME + "'");
    }

    @Test
    void another_description_first_or_none_is_no_archive() throws IOException {
        assertThat(importing(Arrays.copyOfRange(tar, header("./PaxHeaders/memory"), tar.length)))
                .isEqualTo(ErrorKind.USAGE);
        assertThat(importing(new byte[TarBlocks.END])).isEqualTo(ErrorKind.USAGE);
        assertThat(importing(Forgery.foreignTar())).isEqualTo(ErrorKind.USAGE);
        assertThat(importing(new byte[0])).isEqualTo(ErrorKind.INTEGRITY);
    }

    @Test
    void what_comes_behind_the_end_is_refused() throws IOException {
        refused(Arrays.copyOf(tar, tar.length + 1), "something follows");
        refused(Arrays.copyOf(tar, tar.length + 10_240), "something follows");
        byte[] sound = Forgery.compressed(tar);
        byte[] garbage = Arrays.copyOf(sound, sound.length + 100);
        Arrays.fill(garbage, sound.length, garbage.length, (byte) 'x');
        Files.write(file, garbage);
        assertThat(kindOf(() -> there.importFile(file))).isEqualTo(ErrorKind.INTEGRITY);
        ByteArrayOutputStream twice = new ByteArrayOutputStream();
        twice.write(sound);
        twice.write(sound);
        Files.write(file, twice.toByteArray());
        assertThat(kindOf(() -> there.importFile(file))).isEqualTo(ErrorKind.INTEGRITY);
    }

    /** Each byte of the beginning and the end, and many in between. */
    private static int[] cuts(int length) {
        return IntStream.concat(
                        IntStream.range(0, length).filter(n -> n < 40 || length - n < 40),
                        new Random(4711).ints(150, 0, length))
                .toArray();
    }

    @Test
    void cut_off_anywhere_it_is_refused_and_said_to_be_cut_off() throws IOException {
        byte[] sound = Forgery.compressed(tar);
        for (int length : cuts(sound.length)) {
            Files.write(file, Arrays.copyOf(sound, length));
            cutOff("%d bytes".formatted(length));
        }
        for (int length : cuts(tar.length)) {
            Files.write(file, Forgery.compressed(Arrays.copyOf(tar, length)));
            cutOff("%d bytes of the tar file".formatted(length));
        }
    }

    private void cutOff(String description) {
        assertThatThrownBy(() -> there.importFile(file))
                .as(description)
                .isInstanceOfSatisfying(SmolVmException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.INTEGRITY);
                    assertThat(e).hasMessageEndingWith(": it is cut off");
                });
    }

    /** The sizes in the headers are not believed, and neither are the maps of holes. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "1\n0\n6000000\n",
                "9999999999\n0\n1\n",
                "2\n0\n4096\n0\n4096\n",
                "2\n8192\n4096\n0\n4096\n",
                "1\n99999999999999\n4096\n",
                "1\n-1\n4096\n",
                "01\n0\n4096\n",
                "\n\n",
                "x",
                "0\n"
            })
    void maps_that_lie_are_refused(String map) throws IOException {
        int at = header("./GNUSparseFile.0/memory") + TarBlocks.BLOCK;
        byte[] block = Arrays.copyOf(map.getBytes(StandardCharsets.US_ASCII), TarBlocks.BLOCK);
        refused(with(at, block), "the map of its holes");
    }

    @Test
    void headers_that_lie_are_refused() throws IOException {
        int memory = header("./PaxHeaders/memory");
        byte[] other = TarBlocks.extended("memory", 1L << 40);
        refused(with(memory + TarBlocks.BLOCK, Arrays.copyOfRange(other, TarBlocks.BLOCK, other.length)), "extended");
        int data = header("./GNUSparseFile.0/memory");
        for (long size : new long[] {0, 1, 511, 1L << 40, Long.MAX_VALUE}) {
            assertThat(importing(with(data, TarBlocks.header("./GNUSparseFile.0/memory", size, '0'))))
                    .isEqualTo(ErrorKind.INTEGRITY);
        }
        byte[] crooked = Arrays.copyOfRange(tar, data, data + TarBlocks.BLOCK);
        crooked[100] = '7';
        refused(with(data, crooked), "'./GNUSparseFile.0/memory'");
    }

    @Test
    void changed_content_is_found_whatever_it_is() throws IOException {
        for (String name : Forgery.entries(tar)) {
            byte[] forged = tar.clone();
            forged[header("./GNUSparseFile.0/" + name) + 2 * TarBlocks.BLOCK] ^= 1;
            refused(forged, name + " does not match its checksum");
        }
    }

    private byte[] described(UnaryOperator<Json.Obj> change) throws IOException {
        return Forgery.withDescription(tar, change);
    }

    private byte[] manifest(UnaryOperator<Json.Obj> change) throws IOException {
        return described(d -> JsonChanges.with(d, "manifest", Forgery.signed(change.apply(Forgery.snapshot(d)))));
    }

    @Test
    void of_another_format_it_is_incompatible() throws IOException {
        assertThat(importing(described(d -> JsonChanges.with(d, "format", Json.of(2)))))
                .isEqualTo(ErrorKind.INCOMPATIBLE);
        assertThat(importing(described(d -> JsonChanges.with(
                        d, "manifest", JsonChanges.with((Json.Obj) d.fields().get("manifest"), "format", Json.of(2))))))
                .isEqualTo(ErrorKind.INCOMPATIBLE);
    }

    @Test
    void any_field_of_the_description_and_the_manifest_may_be_anything() throws IOException {
        Json.Obj description = Forgery.description(tar);
        for (Json changed : (Iterable<Json>) JsonChanges.of(description)::iterator) {
            if (Forgery.harmless(description, (Json.Obj) changed)) {
                continue;
            }
            assertThat(importing(described(_ -> (Json.Obj) changed)))
                    .isIn(ErrorKind.INTEGRITY, ErrorKind.INCOMPATIBLE, ErrorKind.UNSUPPORTED);
        }
    }

    @Test
    void a_bomb_hurts_nobody() throws IOException {
        // A description without end: 1 GiB of spaces, a few KiB compressed.
        Files.write(file, Forgery.bomb(TarBlocks.header(ArchiveDescription.NAME, 1L << 30, '0'), 1 << 30));
        assertThat(kindOf(() -> there.importFile(file))).isEqualTo(ErrorKind.INTEGRITY);
        // More than any disk has.
        assertThat(importing(described(d -> Forgery.storedIs(d, "memory", 1L << 43))))
                .isEqualTo(ErrorKind.INTEGRITY);
        refused(described(d -> Forgery.storedIs(d, "memory", 1L << 50)), "impossible size");
        // Data that the entry does not have.
        assertThat(importing(described(d -> Forgery.storedIs(d, "memory", 0)))).isEqualTo(ErrorKind.INTEGRITY);
    }

    @Test
    void what_cannot_fit_on_the_disk_is_refused_before_it_is_written() throws IOException {
        long much = 1L << 43;
        Files.write(
                file,
                Forgery.compressed(Forgery.manifest(
                        tar, s -> Forgery.sizeOfState(s, much), d -> Forgery.storedIs(d, "device.state", much))));
        ErrorKind kind = kindOf(() -> there.importFile(file));
        // A device state of that size is refused even before.
        assertThat(kind).isEqualTo(ErrorKind.INTEGRITY);
        Files.write(
                file,
                Forgery.compressed(Forgery.manifest(
                        tar, s -> Forgery.sizeOfLayers(s, much), d -> Forgery.storedIs(d, "layers/", much))));
        assertThat(kindOf(() -> there.importFile(file))).isEqualTo(ErrorKind.NO_SPACE);
    }

    @Test
    void a_million_entries_are_too_many() throws IOException {
        StringBuilder many = new StringBuilder("{\"format\":1,\"manifest\":{},\"entries\":[");
        many.append("0,".repeat(2_000_000)).append("0]}");
        byte[] json = many.toString().getBytes(StandardCharsets.US_ASCII);
        ByteBuffer forged = ByteBuffer.allocate((int) TarBlocks.padded(json.length) + TarBlocks.BLOCK);
        forged.put(TarBlocks.header(ArchiveDescription.NAME, json.length, '0')).put(json);
        refused(forged.array(), "bytes");
    }

    @Test
    @Fault(Case.F21)
    void a_layer_that_leads_to_another_file_is_refused() throws IOException {
        String path = "/etc/passwd";
        refused(
                Forgery.withLayer(tar, header -> header.putLong(8, 512)
                        .putInt(16, path.length())
                        .put(512, path.getBytes(StandardCharsets.US_ASCII))),
                "names a backing file");
        refused(Forgery.withLayer(tar, header -> header.putLong(72, 4)), "names a data file");
        refused(
                Forgery.withLayer(tar, header -> header.putInt(104, 0x44415441)
                        .putInt(108, path.length())
                        .put(112, path.getBytes(StandardCharsets.US_ASCII))),
                "names a data file");
        refused(Forgery.withLayer(tar, header -> header.putLong(24, 1L << 62)), "not a sound qcow2 file");
        refused(Forgery.withLayer(tar, header -> header.putLong(24, 2 * Shelf.DISK)), "larger than its disk");
        refused(Forgery.withLayer(tar, header -> header.putInt(32, 1)), "encrypted");
        refused(Forgery.withLayer(tar, header -> header.putLong(72, 2)), "corrupt");
        refused(Forgery.withLayer(tar, header -> header.putInt(0, 0x7f454c46)), "not a sound qcow2 file");
    }

    private Json.Obj machine(Json.Obj snapshot, String field, Json value) {
        Json.Obj sandbox = (Json.Obj) snapshot.fields().get("sandbox");
        Json.Obj machine = (Json.Obj) sandbox.fields().get("machine");
        return JsonChanges.with(
                snapshot, "sandbox", JsonChanges.with(sandbox, "machine", JsonChanges.with(machine, field, value)));
    }

    private Json.Obj sandbox(Json.Obj snapshot, String field, Json value) {
        return JsonChanges.with(
                snapshot,
                "sandbox",
                JsonChanges.with((Json.Obj) snapshot.fields().get("sandbox"), field, value));
    }

    @Test
    void no_text_reaches_an_option_a_path_or_a_terminal() throws IOException {
        refused(manifest(s -> sandbox(s, "ssh_key", Json.of("/root/.ssh/id_rsa"))), "SSH key");
        refused(manifest(s -> sandbox(s, "ssh_user", Json.of("-oProxyCommand=sh"))), "user");
        refused(manifest(s -> sandbox(s, "sandbox_id", Json.of("../../x"))), "sandbox id");
        refused(manifest(s -> sandbox(s, "name", Json.of("../x"))), "not a valid name");
        refused(manifest(s -> sandbox(s, "created_at", Json.of("+999999999-12-31T23:59:59Z"))), "time");
        refused(manifest(s -> JsonChanges.with(s, "id", Json.of(".."))), "not a valid name");
        refused(manifest(s -> JsonChanges.with(s, "notes", Json.ofStrings(List.of("\u001b[2J")))), "note");
        refused(manifest(s -> machine(s, "vmm", Json.of("qemu \u001b]0;x\u0007"))), "VMM");
        refused(manifest(s -> machine(s, "host_cpu", Json.of("x\ny"))), "CPU");
        refused(manifest(s -> machine(s, "machine_type", Json.of("pc,accel=x"))), "machine_type");
        refused(manifest(s -> machine(s, "cpu_model", Json.of("max,x=y"))), "cpu_model");
        refused(manifest(s -> machine(s, "mac", Json.of("52:54:00"))), "MAC");
        refused(manifest(s -> machine(s, "disks", Json.ofStrings(List.of("other")))), "disks");
        refused(manifest(s -> machine(s, "memory_mib", Json.of(7))), "memory of another size");
        refused(manifest(s -> Forgery.boot(s, "command_line", Json.of("x\ny"))), "command line");
        refused(
                Forgery.manifest(tar, s -> Forgery.kernelKind(s, "layer"), d ->
                        (Json.Obj) JsonParser.parse(d.compact().replace(".vmlinux", ".qcow2"))),
                "a kernel or initramfs that is something else");
        refused(manifest(s -> Forgery.memory(s, "offset", Json.of(1))), "memory that is not complete");
        refused(manifest(s -> Forgery.memory(s, "offset", Json.of(Long.MAX_VALUE))), "out of range");
        refused(
                manifest(s -> Forgery.memoryFile(s, "file", Json.of("manifest.json"))),
                "a file called 'manifest.json'");
        refused(manifest(s -> JsonChanges.with(s, "type", Json.of("diff"))), "diff");
    }

    /** What a snapshot of a sandbox with a read-only drive says: the VMM would be given that file. */
    @Test
    void a_disk_that_is_a_file_of_the_host_is_refused() throws IOException {
        Json origin = Json.object()
                .put("type", "outside")
                .put("file", "/etc/shadow")
                .put("qcow2", false)
                .put("size", Files.size(Path.of("/etc/passwd")))
                .put("modified", "2026-01-02T03:04:05Z")
                .build();
        refused(manifest(s -> Forgery.disk(s, "origin", origin)), "outside");
        List<String> none = Forgery.entries(tar).stream()
                .filter(name -> !name.endsWith(".qcow2"))
                .toList();
        refused(
                Forgery.manifest(
                        tar,
                        s -> Forgery.disk(Forgery.disk(s, "origin", origin), "layers", new Json.Arr(List.of())),
                        d -> Forgery.onlyEntries(d, none)),
                "a disk that lies outside of it");
    }

    @Test
    void a_manifest_that_was_only_edited_does_not_fit_its_checksum() throws IOException {
        refused(
                described(d -> JsonChanges.with(
                        d,
                        "manifest",
                        JsonChanges.with(
                                (Json.Obj) d.fields().get("manifest"),
                                "snapshot",
                                sandbox(Forgery.snapshot(d), "name", Json.of("other"))))),
                "its checksum does not match");
    }

    @Test
    void json_that_is_none_is_refused() throws IOException {
        for (String text : new String[] {"", "[]", "{}", "{\"format\":1,\"format\":1}", "[".repeat(2000), "\u00ff"}) {
            assertThat(importing(Forgery.withDescription(tar, text.getBytes(StandardCharsets.ISO_8859_1))))
                    .as(text)
                    .isEqualTo(ErrorKind.INTEGRITY);
        }
    }
}

package dev.smolvm.disk;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** QEMU judges: it writes the layers, and compares the disks. */
class Qcow2MergeTest {
    private static final long BYTES = (600L << 20) + 4096;

    @TempDir
    Path dir;

    private int files;

    @Test
    void data_zeros_and_discards_of_any_layer_are_as_they_were() throws Exception {
        Path base = layer(List.of());
        io(List.of(base), "write -P 1 0 1M", "write -P 2 599M 1M");
        Path a = layer(List.of(base));
        io(List.of(base, a), "write -P 3 64k 64k", "write -P 4 200k 10k", "write -z 512k 128k", "write -P 5 300M 64k");
        Path b = layer(List.of(base, a));
        io(
                List.of(base, a, b),
                "write -z 64k 64k",
                "write -P 6 4k 4k",
                "discard 192k 64k",
                "write -P 0 768k 64k",
                "write -P 7 600M 4k");
        Path c = layer(List.of(base, a, b));
        io(List.of(base, a, b, c), "write -P 8 300M 4k", "write -P 9 64k 4k");

        Path merged = dir.resolve("merged");
        Qcow2Merge.merge(List.of(a, b, c), false, merged);
        assertSame(List.of(base, a, b, c), List.of(base, merged));
        assertThat(QemuTools.run("qemu-img", "check", "-f", "qcow2", merged.toString()))
                .contains("No errors were found");
        assertThat(Files.size(merged)).isLessThan(Files.size(a) + Files.size(b) + Files.size(c));

        Path all = dir.resolve("all");
        Qcow2Merge.merge(List.of(base, a, b, c), true, all);
        assertSame(List.of(base, a, b, c), List.of(all));
        assertThat(QemuTools.run("qemu-img", "check", "-f", "qcow2", all.toString()))
                .contains("No errors were found");
    }

    /** Zeros must go on hiding what lies beneath; where nothing does, they need no room. */
    @Test
    void whatever_is_written_in_whatever_order() throws Exception {
        Random random = new Random(42);
        for (int round = 0; round < 8; round++) {
            List<Path> chain = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                chain.add(layer(chain));
                List<String> commands = new ArrayList<>();
                for (int n = 0; n < 6; n++) {
                    String place = random.nextInt(32) * 16 + "k " + (1 + random.nextInt(12)) * 16 + "k";
                    commands.add(
                            switch (random.nextInt(4)) {
                                case 0 -> "write -z " + place;
                                case 1 -> "discard " + place;
                                default -> "write -P " + (1 + random.nextInt(200)) + " " + place;
                            });
                }
                io(chain, commands.toArray(String[]::new));
            }
            int from = random.nextInt(3);
            int to = from + 2 + random.nextInt(chain.size() - from - 1);
            Path merged = dir.resolve("merged" + round);
            Qcow2Merge.merge(chain.subList(from, to), from == 0, merged);
            List<Path> shorter = new ArrayList<>(chain.subList(0, from));
            shorter.add(merged);
            shorter.addAll(chain.subList(to, chain.size()));
            assertSame(chain, shorter);
        }
    }

    @Test
    void a_smaller_layer_at_the_bottom_is_taken_and_one_above_something_is_not() throws Exception {
        Path small = layer(List.of(), 64L << 20);
        io(List.of(small), "write -P 1 0 64M");
        Path large = layer(List.of(small));
        io(List.of(small, large), "write -P 2 1M 64k", "write -P 3 500M 64k");
        Path merged = dir.resolve("merged");
        Qcow2Merge.merge(List.of(small, large), true, merged);
        assertSame(List.of(small, large), List.of(merged));
        assertThat(kindOf(() -> merge(List.of(small, large)))).isEqualTo(ErrorKind.UNSUPPORTED);
    }

    @Test
    void layers_of_a_kind_that_is_not_ours_are_left_alone() throws Exception {
        Path ours = layer(List.of());
        for (String options : List.of(
                "cluster_size=4k", "extended_l2=on,cluster_size=64k", "compat=0.10", "data_file=" + dir.resolve("x"))) {
            Path other = dir.resolve("other" + files++);
            QemuTools.run("qemu-img", "create", "-q", "-f", "qcow2", "-o", options, other.toString(), "" + BYTES);
            assertThat(kindOf(() -> merge(List.of(ours, other)))).as(options).isEqualTo(ErrorKind.UNSUPPORTED);
        }
        Path compressed = layer(List.of());
        io(List.of(compressed), "write -c -P 1 0 64k");
        assertThat(kindOf(() -> merge(List.of(ours, compressed)))).isEqualTo(ErrorKind.UNSUPPORTED);
    }

    @Test
    void a_table_that_a_hostile_vmm_wrote_is_refused() throws Exception {
        Path ours = layer(List.of());
        Path hostile = layer(List.of());
        io(List.of(hostile), "write -P 1 0 64k");
        long table = bigEndian(hostile, bigEndian(hostile, 40)) & 0x00ff_ffff_ffff_fe00L;
        long cluster = bigEndian(hostile, table) & 0x00ff_ffff_ffff_fe00L;
        for (long wrong : new long[] {1L << 40, cluster + 512, 0x007f_ffff_ffff_0000L}) {
            put(hostile, table, wrong);
            assertThat(kindOf(() -> merge(List.of(ours, hostile)))).isEqualTo(ErrorKind.INTEGRITY);
        }
        // One cluster again and again would fill the host's disk.
        for (int i = 0; i < 8192; i++) {
            put(hostile, table + i * 8L, cluster);
        }
        assertThat(kindOf(() -> merge(List.of(ours, hostile)))).isEqualTo(ErrorKind.INTEGRITY);
    }

    private void merge(List<Path> layers) {
        try {
            Qcow2Merge.merge(layers, false, dir.resolve("merged" + files++));
        } catch (IOException e) {
            throw SmolVmException.of("merge", e);
        }
    }

    private static long bigEndian(Path file, long at) throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "r")) {
            raw.seek(at);
            return raw.readLong();
        }
    }

    private static void put(Path file, long at, long value) throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.seek(at);
            raw.writeLong(value);
        }
    }

    private Path layer(List<Path> below) throws IOException {
        return layer(below, BYTES);
    }

    private Path layer(List<Path> below, long bytes) throws IOException {
        Path file = dir.resolve("layer" + files++ + "-" + below.size());
        Qcow2Overlay.create(file, bytes, Qcow2Overlay.Sync.NO);
        return file;
    }

    private static void io(List<Path> chain, String... commands) throws Exception {
        List<String> line = new ArrayList<>(List.of("-d", "unmap"));
        for (String command : commands) {
            line.addAll(List.of("-c", command));
        }
        line.add(json(chain));
        assertThat(QemuTools.run("qemu-io", line.toArray(String[]::new))).doesNotContain("failed");
    }

    private static void assertSame(List<Path> one, List<Path> other) throws Exception {
        assertThat(QemuTools.run("qemu-img", "compare", json(one), json(other))).contains("Images are identical");
    }

    /** The lowest first; no name in a header is followed. */
    private static String json(List<Path> chain) {
        String backing = "null";
        for (Path layer : chain) {
            backing = "{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\",\"filename\":\"" + layer + "\"},\"backing\":"
                    + backing + "}";
        }
        return "json:" + backing;
    }
}

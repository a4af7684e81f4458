package dev.smolvm.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.bench.lab.Machine;
import dev.smolvm.bench.measure.Figure;
import dev.smolvm.bench.measure.Findings;
import dev.smolvm.bench.measure.Form;
import dev.smolvm.bench.measure.Role;
import dev.smolvm.bench.measure.Spread;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonParser;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ReportsTest {
    private static final Machine MACHINE =
            new Machine("A <fast> CPU", 2, 2048, "Linux 6", "qemu 10.0.2", "TCG", "25", "ext4, direct I/O", "abc");
    private static final Figure TIME = Figure.millis("save & restore");
    private static final Figure SIZE = Figure.mib("size");

    private static final Findings.OfScenario SCENARIO = new Findings.OfScenario(
            "save",
            "Save <all>",
            Duration.ofSeconds(3),
            List.of(
                    contender("smolvm", Role.OURS, measured(TIME, 10, 30, 20), measured(SIZE, 5)),
                    contender("by hand", Role.FLOOR, measured(TIME, 10)),
                    new Findings.OfContender(
                            "virsh",
                            Role.PEER,
                            List.of(),
                            Optional.of(new Findings.Trouble.CannotRunHere("no | libvirtd"))),
                    new Findings.OfContender(
                            "another", Role.VARIANT, List.of(), Optional.of(new Findings.Trouble.Failed("it broke")))));
    private static final Findings FINDINGS =
            new Findings(Form.QUICK, Instant.parse("2026-01-02T03:04:05Z"), Duration.ofSeconds(125), List.of(SCENARIO));

    private static Findings.OfContender contender(String name, Role role, Findings.Measured... measured) {
        return new Findings.OfContender(name, role, List.of(measured), Optional.empty());
    }

    private static Findings.Measured measured(Figure figure, double... samples) {
        List<Double> values = new ArrayList<>();
        for (double sample : samples) {
            values.add(sample);
        }
        return new Findings.Measured(figure, Spread.of(values));
    }

    @Test
    void the_table_has_a_row_for_each_and_says_who_did_not_come_to_the_end() {
        assertThat(Reports.table(SCENARIO).lines().map(line -> line.strip().replaceAll("  +", " | ")))
                .containsExactly(
                        "Save <all>",
                        "figure | who | unit | median | quartiles | min … max | n | smolvm is",
                        "save & restore | smolvm | ms | 20.0 | 15.0 … 25.0 | 10.0 … 30.0 | 3",
                        "by hand | ms | 10.0 | 10.0 … 10.0 | 10.0 … 10.0 | 1 | 2.00×",
                        "size | smolvm | MiB | 5.00 | 5.00 … 5.00 | 5.00 … 5.00 | 1",
                        "virsh cannot run here: no | libvirtd",
                        "another failed: it broke");
    }

    @Test
    void json_has_every_sample_and_the_ratio(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("out.json");
        Reports.writeJson(file, MACHINE, FINDINGS);
        JsonFields json = JsonFields.of(JsonParser.read(file), "out");
        assertThat(json.integer("format")).isEqualTo(1);
        assertThat(json.string("form")).isEqualTo("quick");
        List<JsonFields> contenders = json.list("scenarios", s -> s).getFirst().list("contenders", c -> c);
        JsonFields floor = contenders.get(1).list("figures", f -> f).getFirst();
        assertThat(floor.object().fields().get("smolvm_ratio")).isEqualTo(new Json.Real(2));
        JsonFields ours = contenders.getFirst().list("figures", f -> f).getFirst();
        assertThat(ours.object().fields().get("samples"))
                .isEqualTo(new Json.Arr(List.of(new Json.Real(10), new Json.Real(30), new Json.Real(20))));
        assertThat(contenders.get(2).string("cannot_run_here")).isEqualTo("no | libvirtd");
        assertThat(contenders.get(3).string("failed")).isEqualTo("it broke");
    }

    @Test
    void every_field_of_the_json_is_documented() throws Exception {
        Set<String> names = new TreeSet<>();
        Json.Obj all = JsonReport.of(MACHINE, FINDINGS);
        names(all, names);
        JsonFields.of(all, "").object("machine").object().fields().keySet().forEach(names::remove);
        String documentation = Files.readString(Path.of("..", "docs", "benchmarks-format.md"));
        assertThat(names).isNotEmpty().allMatch(name -> documentation.contains("`" + name + "`"));
    }

    private static void names(Json json, Set<String> names) {
        switch (json) {
            case Json.Obj(var fields) -> {
                names.addAll(fields.keySet());
                fields.values().forEach(value -> names(value, names));
            }
            case Json.Arr(var items) -> items.forEach(item -> names(item, names));
            default -> {}
        }
    }

    @Test
    void the_page_has_the_machine_each_table_and_each_plot_and_replaces_older_ones(@TempDir Path docs)
            throws Exception {
        Path other = Files.createDirectory(docs.resolve("images")).resolve("session.svg");
        Files.writeString(other, "stays");
        Files.writeString(docs.resolve("images/bench-old.svg"), "goes");
        Reports.writePage(docs, MACHINE, FINDINGS);
        assertThat(docs.resolve("images/bench-old.svg")).doesNotExist();
        assertThat(other).exists();
        assertThat(docs.resolve("images/bench-save.svg")).exists();
        assertThat(docs.resolve("benchmarks.md"))
                .content()
                .contains("2026-01-02", "`./dev bench --quick`", "| CPU | A <fast> CPU, 2 cores |")
                .contains("## Save <all>", "![Save <all>](images/bench-save.svg)")
                .contains("| save & restore | by hand | ms | 10.0 | 10.0 … 10.0 | 10.0 … 10.0 | 1 | 2.00× |")
                .contains("- virsh cannot run here: no \\| libvirtd");
    }

    @Test
    void a_plot_is_xml_with_a_bar_for_each_median_in_proportion() throws Exception {
        Document svg = parsed(SvgPlot.of(SCENARIO, MACHINE.oneLine()));
        List<Double> ours = widths(svg, "ours");
        List<Double> floor = widths(svg, "floor");
        // The first of each is the legend's.
        assertThat(ours).hasSize(3);
        assertThat(floor).hasSize(2);
        assertThat(ours.get(1)).isEqualTo(2 * floor.get(1), Offset.offset(0.2));
        assertThat(svg.getDocumentElement().getTextContent())
                .contains("Save <all>", "save & restore", "ms, less is better", "A <fast> CPU", "by hand");
        assertThat(widths(svg, "peer")).isEmpty();
    }

    private static List<Double> widths(Document svg, String style) {
        List<Double> widths = new ArrayList<>();
        NodeList bars = svg.getElementsByTagName("rect");
        for (int i = 0; i < bars.getLength(); i++) {
            Element bar = (Element) bars.item(i);
            if (bar.getAttribute("class").equals(style)) {
                widths.add(Double.parseDouble(bar.getAttribute("width")));
            }
        }
        return widths;
    }

    private static Document parsed(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void an_axis_ends_at_a_round_number_with_few_ticks() {
        for (double value : new double[] {0.0003, 0.7, 1, 6, 9.99, 17, 60, 61, 999, 1_000, 123_456}) {
            Axis axis = Axis.upTo(value);
            assertThat(axis.end()).isGreaterThanOrEqualTo(value * (1 - 1e-9)).isLessThanOrEqualTo(value * 2);
            assertThat(axis.ticks()).hasSizeBetween(3, 8);
            assertThat(axis.ticks().getLast()).isEqualTo(axis.end(), Offset.offset(axis.end() / 1e6));
        }
        assertThat(Axis.upTo(0).end()).isPositive();
    }

    @Test
    void numbers_have_three_digits_and_ticks_as_many_as_their_step() {
        assertThat(List.of(Numbers.of(1234.5), Numbers.of(12.34), Numbers.of(1.234), Numbers.of(0.1234), Numbers.of(0)))
                .containsExactly("1235", "12.3", "1.23", "0.123", "0");
        assertThat(List.of(Numbers.tick(20, 10), Numbers.tick(0.4, 0.2), Numbers.tick(2.5, 2.5), Numbers.tick(50, 25)))
                .containsExactly("20", "0.4", "2.5", "50");
    }

    @Test
    void long_text_is_broken_at_spaces() {
        assertThat(SvgPlot.wrapped("one two three four", 8)).containsExactly("one two", "three", "four");
        assertThat(SvgPlot.wrapped("extraordinary", 5)).containsExactly("extraordinary");
    }
}

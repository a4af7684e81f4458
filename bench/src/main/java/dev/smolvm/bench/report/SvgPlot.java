package dev.smolvm.bench.report;

import dev.smolvm.bench.measure.Findings;
import dev.smolvm.bench.measure.Role;
import dev.smolvm.bench.measure.Spread;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A scenario as a plot (SVG 1.1): a panel for each figure, in it a bar up to each contender's median, a thick line over its
 * quartiles and a thin one from its least to its most sample. The colours follow the reader's light or dark scheme.
 */
final class SvgPlot {
    private static final int WIDTH = 860;
    private static final int LEFT = 280;
    private static final int RIGHT = 90;
    private static final int BAR = 15;
    private static final int PITCH = 23;
    private static final int TOP = 62;
    private static final int PANEL_HEAD = 24;
    private static final int PANEL_FOOT = 46;
    private static final int CAPTION_LINE = 15;
    private static final int CAPTION_CHARACTERS = 135;
    private static final int LABEL_CHARACTERS = 42;

    private static final String STYLE =
            """
            <style>
              text { font: 12px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #3c4249 }
              .title { font-size: 15px; font-weight: 600 }
              .panel { font-weight: 600 }
              .small { font-size: 11px; fill: #6b737c }
              .grid { stroke: #8a929b; stroke-opacity: .28 }
              .zero { stroke: #8a929b; stroke-opacity: .8 }
              .quartiles { stroke: #23282e; stroke-width: 4; stroke-opacity: .55 }
              .range { stroke: #23282e; stroke-width: 1.2; stroke-opacity: .75 }
              .ours { fill: #3f7fc4 } .variant { fill: #93b9e0 } .floor { fill: #a9b0b8 } .peer { fill: #d49a6a }
              @media (prefers-color-scheme: dark) {
                text { fill: #d3d8de }
                .small { fill: #9aa3ad }
                .quartiles, .range { stroke: #f2f4f7 }
                .ours { fill: #4d8fd6 } .variant { fill: #5f7fa3 } .floor { fill: #6d757e } .peer { fill: #b57c4d }
              }
            </style>
            """;

    private final StringBuilder svg = new StringBuilder();
    private int y = TOP;

    private SvgPlot() {}

    /** @param caption the machine's facts */
    static String of(Findings.OfScenario scenario, String caption) {
        return new SvgPlot().drawn(scenario, caption);
    }

    private String drawn(Findings.OfScenario scenario, String caption) {
        text(16, 26, "title", "start", scenario.title());
        List<Panel> panels = Panel.of(scenario);
        legend(panels);
        panels.forEach(this::panel);
        List<String> lines = wrapped(
                "Bars: medians; thick lines: quartiles; thin lines: least to most. " + caption, CAPTION_CHARACTERS);
        for (String line : lines) {
            text(16, y, "small", "start", line);
            y += CAPTION_LINE;
        }
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">\n"
                        .formatted(WIDTH, y, WIDTH, y)
                + "<title>" + escaped(scenario.title()) + "</title>\n" + STYLE + svg + "</svg>\n";
    }

    private void legend(List<Panel> panels) {
        List<Role> roles = Stream.of(Role.values())
                .filter(role -> panels.stream().flatMap(p -> p.bars().stream()).anyMatch(b -> b.role() == role))
                .toList();
        int x = 16;
        for (Role role : roles) {
            rectangle(x, 37, 11, 11, role);
            String name =
                    switch (role) {
                        case OURS -> "smolvm";
                        case VARIANT -> "smolvm, another way";
                        case FLOOR -> "floor: the least it can take";
                        case PEER -> "another program";
                    };
            text(x + 16, 47, "small", "start", name);
            x += 40 + 11 * name.length() / 2;
        }
    }

    private void panel(Panel panel) {
        if (!panel.title().isEmpty()) {
            text(16, y + 12, "panel", "start", panel.title());
            y += PANEL_HEAD;
        }
        Axis axis = panel.axis();
        int bottom = y + PITCH * panel.bars().size();
        for (double tick : axis.ticks()) {
            double x = x(axis, tick);
            line(x, y - 4, x, bottom, tick == 0 ? "zero" : "grid");
            text(x, bottom + 14, "small", "middle", Numbers.tick(tick, axis.step()));
        }
        for (Panel.Bar bar : panel.bars()) {
            bar(axis, bar);
            y += PITCH;
        }
        text(WIDTH - RIGHT, bottom + 29, "small", "end", panel.axisTitle());
        y = bottom + PANEL_FOOT;
    }

    private void bar(Axis axis, Panel.Bar bar) {
        Spread spread = bar.spread();
        double middle = y + BAR / 2.0;
        text(LEFT - 10, y + BAR - 3.5, "", "end", shortened(bar.label()));
        rectangle(LEFT, y, x(axis, spread.median()) - LEFT, BAR, bar.role());
        line(x(axis, spread.min()), middle, x(axis, spread.max()), middle, "range");
        line(x(axis, spread.lowerQuartile()), middle, x(axis, spread.upperQuartile()), middle, "quartiles");
        text(
                x(axis, Math.max(spread.max(), spread.median())) + 7,
                y + BAR - 3.5,
                "",
                "start",
                Numbers.of(spread.median()));
    }

    private static double x(Axis axis, double value) {
        return LEFT + axis.place(value) * (WIDTH - LEFT - RIGHT);
    }

    private static String shortened(String label) {
        return label.length() <= LABEL_CHARACTERS ? label : label.substring(0, LABEL_CHARACTERS - 1) + "…";
    }

    private void text(double x, double y, String style, String anchor, String content) {
        svg.append("<text x=\"%s\" y=\"%s\"%s text-anchor=\"%s\">%s</text>\n"
                .formatted(
                        number(x),
                        number(y),
                        style.isEmpty() ? "" : " class=\"" + style + "\"",
                        anchor,
                        escaped(content)));
    }

    private void rectangle(double x, double y, double width, double height, Role role) {
        svg.append("<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"2\" class=\"%s\"/>\n"
                .formatted(
                        number(x),
                        number(y),
                        number(width),
                        number(height),
                        role.name().toLowerCase(Locale.ROOT)));
    }

    private void line(double x1, double y1, double x2, double y2, String style) {
        svg.append("<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\" class=\"%s\"/>\n"
                .formatted(number(x1), number(y1), number(x2), number(y2), style));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    /** Lines of at most so many characters, broken at spaces; a longer word has a line of its own. */
    static List<String> wrapped(String text, int most) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ")) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > most) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}

package dev.smolvm.bench.report;

import dev.smolvm.bench.measure.Figure;
import dev.smolvm.bench.measure.Findings;
import dev.smolvm.bench.measure.Role;
import dev.smolvm.bench.measure.Spread;
import dev.smolvm.bench.measure.Unit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Bars that share an axis: a figure of several contenders, or several figures of one unit that only one contender has. */
record Panel(String title, Unit unit, List<Bar> bars) {
    Panel {
        bars = List.copyOf(bars);
    }

    record Bar(String label, Role role, Spread spread) {}

    static List<Panel> of(Findings.OfScenario scenario) {
        List<Panel> panels = new ArrayList<>();
        Map<Unit, List<Bar>> alone = new EnumMap<>(Unit.class);
        for (Figure figure : scenario.figures()) {
            List<Findings.OfContender> measuring = scenario.contenders().stream()
                    .filter(c -> c.of(figure).isPresent())
                    .toList();
            if (measuring.size() == 1) {
                Findings.OfContender one = measuring.getFirst();
                alone.computeIfAbsent(figure.unit(), _ -> new ArrayList<>())
                        .add(new Bar(figure.name(), one.role(), one.of(figure).orElseThrow()));
            } else {
                panels.add(new Panel(
                        figure.name(),
                        figure.unit(),
                        measuring.stream()
                                .map(c ->
                                        new Bar(c.name(), c.role(), c.of(figure).orElseThrow()))
                                .toList()));
            }
        }
        alone.forEach((unit, bars) -> panels.add(new Panel("", unit, bars)));
        return panels;
    }

    Axis axis() {
        return Axis.upTo(bars.stream().mapToDouble(b -> b.spread().max()).max().orElse(0));
    }

    String axisTitle() {
        return unit.symbol()
                + switch (unit.better()) {
                    case LESS -> ", less is better";
                    case MORE -> ", more is better";
                };
    }
}

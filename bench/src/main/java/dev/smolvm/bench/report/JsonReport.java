package dev.smolvm.bench.report;

import dev.smolvm.bench.lab.Machine;
import dev.smolvm.bench.measure.Figure;
import dev.smolvm.bench.measure.Findings;
import dev.smolvm.bench.measure.Spread;
import dev.smolvm.json.Json;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Findings as JSON. Its shape is in docs/benchmarks-format.md. */
final class JsonReport {
    static final int FORMAT = 1;

    private JsonReport() {}

    static Json.Obj of(Machine machine, Findings findings) {
        Json.Builder facts = Json.object();
        machine.facts().forEach(facts::put);
        return Json.object()
                .put("format", FORMAT)
                .put("form", name(findings.form()))
                .put("started_at", findings.start().toString())
                .put("seconds", findings.took().toSeconds())
                .put("machine", facts.build())
                .put(
                        "scenarios",
                        list(findings.scenarios().stream()
                                .map(JsonReport::scenario)
                                .toList()))
                .build();
    }

    private static Json scenario(Findings.OfScenario scenario) {
        return Json.object()
                .put("name", scenario.name())
                .put("title", scenario.title())
                .put("seconds", scenario.took().toSeconds())
                .put(
                        "contenders",
                        list(scenario.contenders().stream()
                                .map(c -> contender(scenario, c))
                                .toList()))
                .build();
    }

    private static Json contender(Findings.OfScenario scenario, Findings.OfContender contender) {
        Json.Builder json = Json.object()
                .put("name", contender.name())
                .put("role", name(contender.role()))
                .put(
                        "figures",
                        list(contender.measured().stream()
                                .map(m -> figure(m.figure(), m.spread(), scenario.ratio(m.figure(), contender)))
                                .toList()));
        contender.trouble().ifPresent(trouble -> {
            switch (trouble) {
                case Findings.Trouble.CannotRunHere(var text) -> json.put("cannot_run_here", text);
                case Findings.Trouble.Failed(var text) -> json.put("failed", text);
            }
        });
        return json.build();
    }

    private static Json figure(Figure figure, Spread spread, OptionalDouble ratio) {
        Json.Builder json = Json.object()
                .put("name", figure.name())
                .put("unit", figure.unit().symbol())
                .put("better", name(figure.unit().better()))
                .put("median", real(spread.median()))
                .put("lower_quartile", real(spread.lowerQuartile()))
                .put("upper_quartile", real(spread.upperQuartile()))
                .put("min", real(spread.min()))
                .put("max", real(spread.max()))
                .put(
                        "samples",
                        list(spread.samples().stream().map(JsonReport::real).toList()));
        ratio.ifPresent(value -> json.put("smolvm_ratio", real(value)));
        return json.build();
    }

    private static Json real(double value) {
        return new Json.Real(value);
    }

    private static Json list(List<Json> items) {
        return new Json.Arr(items);
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}

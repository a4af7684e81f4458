package dev.smolvm.bench.function;

import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.Contender;
import dev.smolvm.bench.measure.Figure;
import dev.smolvm.bench.measure.Form;
import dev.smolvm.bench.measure.Participant;
import dev.smolvm.bench.measure.Recorder;
import dev.smolvm.bench.measure.Role;
import dev.smolvm.bench.measure.Rounds;
import dev.smolvm.bench.measure.Scenario;
import dev.smolvm.bench.measure.Unit;
import dev.smolvm.guest.agent.FrameFunction;
import dev.smolvm.vmm.qemu.MappedRamFunction;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Single functions, measured by JMH: each class has a method {@code ours}, and one {@code floor}: the plain code that one would
 * write for the same with what the JDK and the libraries have. JMH has warm-ups and repetitions of its own, in a JVM of its own for each.
 */
public record Functions() implements Scenario {
    static final Map<Class<?>, Figure> ALL = figures();

    private static Map<Class<?>, Figure> figures() {
        Map<Class<?>, Figure> all = new LinkedHashMap<>();
        all.put(ManifestFunction.class, Figure.micros("read a manifest of 20 layers"));
        all.put(FrameFunction.class, Figure.micros("take 64 frames of 8 KiB out of a buffer"));
        all.put(ChecksumFunction.class, Figure.millis("checksum of 64 MiB"));
        all.put(SparseCopyFunction.class, Figure.millis("copy 64 MiB with as many holes"));
        all.put(MappedRamFunction.class, Figure.millis("clear a saved memory of 128 MiB"));
        return all;
    }

    @Override
    public String name() {
        return "functions";
    }

    @Override
    public String title() {
        return "Single functions";
    }

    @Override
    public Rounds rounds(Form form) {
        return new Rounds(0, 1);
    }

    @Override
    public List<Contender> contenders(Lab lab) {
        return List.of(
                Participant.of("smolvm", Role.OURS, recorder -> measure("ours", lab.form(), recorder)),
                Participant.of("plain code", Role.FLOOR, recorder -> measure("floor", lab.form(), recorder)));
    }

    /** Another project's run on this machine is no reason not to run. */
    static {
        System.setProperty("jmh.ignoreLock", "true");
    }

    private static void measure(String method, Form form, Recorder recorder) throws RunnerException {
        for (Map.Entry<Class<?>, Figure> function : ALL.entrySet()) {
            measure(function.getKey(), method, form, function.getValue(), recorder);
        }
    }

    private static void measure(Class<?> function, String method, Form form, Figure figure, Recorder recorder)
            throws RunnerException {
        TimeValue time = TimeValue.milliseconds(form.choose(300, 500));
        OptionsBuilder options = new OptionsBuilder();
        options.include("^" + function.getName() + "\\." + method + "$")
                .forks(1)
                .warmupIterations(form.choose(2, 4))
                .warmupTime(time)
                .measurementIterations(form.choose(3, 8))
                .measurementTime(time)
                .timeUnit(figure.unit() == Unit.MICROSECONDS ? TimeUnit.MICROSECONDS : TimeUnit.MILLISECONDS)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .jvmArgsAppend(
                        "--enable-native-access=ALL-UNNAMED",
                        // JMH itself uses what the JDK warns of.
                        "--sun-misc-unsafe-memory-access=allow");
        for (RunResult result : new Runner(options.build()).run()) {
            for (IterationResult iteration : result.getAggregatedResult().getIterationResults()) {
                recorder.add(figure, iteration.getPrimaryResult().getScore());
            }
        }
    }
}

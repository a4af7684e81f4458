package dev.smolvm.bench.scenario;

import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.Figure;
import dev.smolvm.bench.measure.Participant;
import dev.smolvm.bench.measure.Recorder;
import dev.smolvm.bench.measure.Role;
import dev.smolvm.os.Command;
import java.io.IOException;
import java.util.List;

/** The least that any command of a JVM takes: one that does nothing, with an AOT cache of its own (bench/empty.sh). */
final class EmptyProgram extends Participant {
    private final Lab lab;
    private final List<Figure> figures;
    private List<String> line;

    /** @param figures of the commands that it stands in for; it runs once for each */
    EmptyProgram(Lab lab, Figure... figures) {
        super("an empty Java program", Role.FLOOR);
        this.lab = lab;
        this.figures = List.of(figures);
    }

    @Override
    public void prepare() throws IOException {
        String script = lab.project().resolve("bench/empty.sh").toString();
        line = Command.of("sh", script, lab.directory("empty").toString())
                .check()
                .lines()
                .toList();
    }

    @Override
    public void round(Recorder recorder) {
        for (Figure figure : figures) {
            time(recorder, figure, Command.of(line));
        }
    }

    /** Runs a command to its end; returns what it printed. */
    static String time(Recorder recorder, Figure figure, Command command) {
        long start = System.nanoTime();
        String output = command.check();
        recorder.since(start, figure);
        return output;
    }
}

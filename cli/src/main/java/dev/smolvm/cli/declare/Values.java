package dev.smolvm.cli.declare;

import java.util.List;
import picocli.CommandLine.Model.ArgSpec;

/** An option or parameter that may be given several times; readable once the command line was parsed. */
public final class Values<T> {
    private final ArgSpec spec;

    Values(ArgSpec spec) {
        this.spec = spec;
    }

    public List<T> get() {
        List<T> values = spec.getValue();
        return values == null ? List.of() : List.copyOf(values);
    }
}

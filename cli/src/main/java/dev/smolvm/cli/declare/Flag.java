package dev.smolvm.cli.declare;

import picocli.CommandLine.Model.OptionSpec;

/** An option without a value. */
public final class Flag {
    private final OptionSpec spec;

    Flag(OptionSpec spec) {
        this.spec = spec;
    }

    public boolean given() {
        Boolean value = spec.getValue();
        return value != null && value;
    }
}

package dev.smolvm.cli.declare;

import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.Model.ArgSpec;

/** An option or parameter that takes one value; readable once the command line was parsed. */
public final class Value<T> {
    private final ArgSpec spec;

    Value(ArgSpec spec) {
        this.spec = spec;
    }

    public Optional<T> optional() {
        return Optional.ofNullable(spec.getValue());
    }

    public T or(T other) {
        T value = spec.getValue();
        return value == null ? other : value;
    }

    public T orGet(Supplier<T> other) {
        T value = spec.getValue();
        return value == null ? other.get() : value;
    }

    /** The value of a required parameter. */
    public T get() {
        return spec.getValue();
    }
}

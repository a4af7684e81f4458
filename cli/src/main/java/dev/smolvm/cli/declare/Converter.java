package dev.smolvm.cli.declare;

/** Makes a checked value of what was typed; throws a usage {@link dev.smolvm.error.SmolVmException} for anything else. */
@FunctionalInterface
public interface Converter<T> {
    T convert(String typed);
}

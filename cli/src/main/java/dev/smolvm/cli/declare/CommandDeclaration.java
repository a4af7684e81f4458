package dev.smolvm.cli.declare;

import dev.smolvm.error.SmolVmException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.TypeConversionException;

/**
 * What a command takes, declared in code. picocli's annotations would say the same, but reading them by reflection makes
 * the start of every command twice as long (measured: 90 ms against 47 ms).
 */
public final class CommandDeclaration {
    /** Behind the options that are the command's own. */
    private static final int LAST = 1000;

    private final CommandSpec spec = CommandSpec.create();
    private final Map<String, String> examples = new LinkedHashMap<>();
    private int positions;

    public CommandDeclaration(String summary, String... description) {
        spec.usageMessage().header(summary).description(description).sortOptions(false);
        spec.addOption(OptionSpec.builder("-h", "--help")
                .order(LAST + 1)
                .usageHelp(true)
                .description("Show this help and exit.")
                .build());
    }

    public CommandSpec spec() {
        return spec;
    }

    /** A command line that is shown in the help, and what it does. */
    public void example(String commandLine, String effect) {
        examples.put(commandLine, effect);
    }

    public Map<String, String> examples() {
        return examples;
    }

    public Flag flag(String name, String description) {
        return flag(new String[] {name}, description);
    }

    public Flag flag(String[] names, String description) {
        return flag(names, 0, description);
    }

    /** A flag that many commands have; the help lists it after the command's own. */
    public Flag commonFlag(String name, String description) {
        return flag(new String[] {name}, LAST, description);
    }

    private Flag flag(String[] names, int order, String description) {
        OptionSpec option = OptionSpec.builder(names)
                .order(order)
                .type(boolean.class)
                .arity("0")
                .description(description)
                .build();
        spec.addOption(option);
        return new Flag(option);
    }

    public <T> Value<T> option(String name, String label, Converter<T> converter, String description) {
        return option(name, label, converter, 0, description);
    }

    /** An option that many commands have; the help lists it after the command's own. */
    public <T> Value<T> commonOption(String name, String label, Converter<T> converter, String description) {
        return option(name, label, converter, LAST, description);
    }

    private <T> Value<T> option(String name, String label, Converter<T> converter, int order, String description) {
        OptionSpec option = OptionSpec.builder(name)
                .order(order)
                .type(Object.class)
                .arity("1")
                .paramLabel(label)
                .converters(checked(converter))
                .description(description)
                .build();
        spec.addOption(option);
        return new Value<>(option);
    }

    /** An option that takes the name of one of an enum's constants, in lower case with dashes. */
    public <E extends Enum<E>> Value<E> choice(String name, Class<E> type, String description) {
        return choice(name, List.of(type.getEnumConstants()), description);
    }

    /** @param offered those that make sense here */
    public <E extends Enum<E>> Value<E> choice(String name, List<E> offered, String description) {
        List<String> names = labels(offered);
        OptionSpec option = OptionSpec.builder(name)
                .type(Object.class)
                .order(0)
                .arity("1")
                .paramLabel(String.join("|", names))
                .completionCandidates(names)
                .converters(checked(typed -> Converters.oneOf(offered, typed)))
                .description(description)
                .build();
        spec.addOption(option);
        return new Value<>(option);
    }

    public <T> Value<T> requiredOption(String name, String label, Converter<T> converter, String description) {
        return requiredOption(new String[] {name}, label, converter, description);
    }

    public <T> Value<T> requiredOption(String[] names, String label, Converter<T> converter, String description) {
        OptionSpec option = OptionSpec.builder(names)
                .type(Object.class)
                .arity("1")
                .order(0)
                .required(true)
                .paramLabel(label)
                .converters(checked(converter))
                .description(description)
                .build();
        spec.addOption(option);
        return new Value<>(option);
    }

    /** An option that may be given more than once. */
    public <T> Values<T> repeated(String name, String label, Converter<T> converter, String description) {
        OptionSpec option = OptionSpec.builder(name)
                .order(0)
                .type(List.class)
                .auxiliaryTypes(Object.class)
                .arity("1")
                .paramLabel(label)
                .converters(checked(converter))
                .description(description)
                .build();
        spec.addOption(option);
        return new Values<>(option);
    }

    /** The next positional parameter. */
    public <T> Value<T> parameter(String label, Converter<T> converter, String description) {
        PositionalParamSpec parameter = PositionalParamSpec.builder()
                .required(true)
                .index(Integer.toString(positions++))
                .type(Object.class)
                .arity("1")
                .paramLabel(label)
                .converters(checked(converter))
                .description(description)
                .build();
        spec.addPositional(parameter);
        return new Value<>(parameter);
    }

    /** The next positional parameter, one of an enum's constants. */
    public <E extends Enum<E>> Value<E> choiceParameter(String label, Class<E> type, String description) {
        PositionalParamSpec parameter = PositionalParamSpec.builder()
                .required(true)
                .index(Integer.toString(positions++))
                .type(Object.class)
                .arity("1")
                .paramLabel(label)
                .completionCandidates(labels(List.of(type.getEnumConstants())))
                .converters(checked(typed -> Converters.oneOf(List.of(type.getEnumConstants()), typed)))
                .description(description)
                .build();
        spec.addPositional(parameter);
        return new Value<>(parameter);
    }

    /** The last positional parameter, which may be left out. */
    public <T> Value<T> optionalParameter(String label, Converter<T> converter, String description) {
        PositionalParamSpec parameter = PositionalParamSpec.builder()
                .index(Integer.toString(positions++))
                .type(Object.class)
                .arity("0..1")
                .paramLabel(label)
                .converters(checked(converter))
                .description(description)
                .build();
        spec.addPositional(parameter);
        return new Value<>(parameter);
    }

    /** All further positional parameters, which may be none. */
    public <T> Values<T> optionalParameters(String label, Converter<T> converter, String description) {
        return parameters(label, converter, description, false);
    }

    /** All further positional parameters, at least one. */
    public <T> Values<T> parameters(String label, Converter<T> converter, String description) {
        return parameters(label, converter, description, true);
    }

    private <T> Values<T> parameters(String label, Converter<T> converter, String description, boolean required) {
        PositionalParamSpec parameter = PositionalParamSpec.builder()
                .required(required)
                .index(positions + "..*")
                .type(List.class)
                .auxiliaryTypes(Object.class)
                .arity(required ? "1..*" : "0..*")
                .paramLabel(label)
                .converters(checked(converter))
                .description(description)
                .build();
        spec.addPositional(parameter);
        return new Values<>(parameter);
    }

    private static List<String> labels(List<? extends Enum<?>> constants) {
        return constants.stream().map(CommandDeclaration::label).toList();
    }

    static String label(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static ITypeConverter<?> checked(Converter<?> converter) {
        return typed -> {
            try {
                return converter.convert(typed);
            } catch (SmolVmException e) {
                TypeConversionException refused = new TypeConversionException(e.getMessage());
                refused.initCause(e);
                throw refused;
            }
        };
    }
}

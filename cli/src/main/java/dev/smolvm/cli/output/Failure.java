package dev.smolvm.cli.output;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Whatever was thrown, as the user is told of it. */
public record Failure(ErrorKind kind, String message, String advice, Json details, Throwable cause) {
    private static final Json NO_DETAILS = Json.object().build();

    public static Failure of(Throwable thrown) {
        return switch (thrown) {
            case PartlyDone e -> {
                Failure failed = of(e.getCause());
                yield new Failure(failed.kind, failed.message, failed.advice, e.details(), failed.cause);
            }
            case SmolVmException e -> new Failure(e.kind(), e.getMessage(), e.advice(), NO_DETAILS, e);
            case ParameterException e -> usage(e);
            case UncheckedIOException e -> of(e.getCause());
            case IOException e -> of(SmolVmException.of("smolvm", e));
            case InterruptedException e -> new Failure(ErrorKind.INTERRUPTED, "interrupted", "", NO_DETAILS, e);
            case Throwable e ->
                new Failure(
                        ErrorKind.UNEXPECTED,
                        "unexpected: " + e,
                        "this is a fault in smolvm; run it again with --verbose and report what it prints",
                        NO_DETAILS,
                        e);
        };
    }

    /** Of standard output. Nothing is said of running the command again: what it does besides is done. */
    public static Failure ofOutput(IOException e) {
        SmolVmException failure = SmolVmException.of("write the output", e);
        return failure.kind() == ErrorKind.NO_SPACE
                ? new Failure(
                        ErrorKind.NO_SPACE,
                        failure.getMessage(),
                        "free some space where the output goes; the command itself was run",
                        NO_DETAILS,
                        e)
                : new Failure(
                        ErrorKind.UNEXPECTED,
                        failure.getMessage(),
                        "check where the output goes; the command itself was run",
                        NO_DETAILS,
                        e);
    }

    /** Whether the developers, rather than the user, need to see where it happened. */
    public boolean unexpected() {
        return kind == ErrorKind.UNEXPECTED;
    }

    private static Failure usage(ParameterException e) {
        String help = "see: " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help";
        String advice = refusal(e) instanceof SmolVmException refused
                        && !refused.advice().isEmpty()
                ? refused.advice()
                : help;
        return new Failure(ErrorKind.USAGE, usageMessage(e), advice, NO_DETAILS, e);
    }

    private static String usageMessage(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            String first = shown(unmatched.getUnmatched().getFirst());
            return unmatched.isUnknownOption() ? "unknown option " + first : "unexpected argument " + first;
        }
        if (e instanceof MissingParameterException missing) {
            return missingMessage(missing);
        }
        // picocli's own words for a value that was refused end in an exception's class and repeat the value.
        Throwable refusal = refusal(e);
        if (refusal != null && e.getArgSpec() != null) {
            return name(e.getArgSpec()) + ": " + refusal.getMessage();
        }
        String message = e.getMessage();
        return message.isEmpty() ? "wrong usage" : Character.toLowerCase(message.charAt(0)) + message.substring(1);
    }

    private static String missingMessage(MissingParameterException e) {
        // What is missing may be what was mistyped.
        for (String typed : e.getCommandLine().getUnmatchedArguments()) {
            if (typed.startsWith("-")) {
                return "unknown option " + shown(typed);
            }
        }
        // picocli's exception is the same for an option that is missing and one whose value is; only its words differ.
        if (e.getMissing().getFirst() instanceof OptionSpec option
                && !e.getMessage().startsWith("Missing required option")) {
            return option.longestName() + " needs a value";
        }
        List<String> labels = new ArrayList<>();
        for (ArgSpec argument : e.getMissing()) {
            labels.add(argument.isOption() ? "option " + name(argument) : argument.paramLabel());
        }
        return "missing " + String.join(" and ", labels);
    }

    /** What a converter objected to; null where the parser itself did. */
    private static Throwable refusal(ParameterException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SmolVmException) {
                return cause;
            }
            if (cause instanceof TypeConversionException && cause.getCause() == null) {
                return null;
            }
        }
        return null;
    }

    private static String name(ArgSpec argument) {
        return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
    }

    /** What was typed, without what may be a secret value: {@code --evn=TOKEN=…}. */
    public static String shown(String typed) {
        int equals = typed.indexOf('=');
        return "'" + (equals < 0 ? typed : typed.substring(0, equals) + "=…") + "'";
    }
}

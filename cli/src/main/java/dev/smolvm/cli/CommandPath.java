package dev.smolvm.cli;

import dev.smolvm.cli.command.Command;
import dev.smolvm.cli.output.Failure;
import dev.smolvm.cli.tree.CommandNode;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The way from the first word to the command that the words name. Only that command is built, never the whole tree. Options
 * that every command has may also stand before the command.
 */
final class CommandPath {
    /** What ended the walk. */
    enum Stop {
        COMMAND,
        HELP,
        VERSION,
        INCOMPLETE
    }

    private final StringBuilder words = new StringBuilder(Cli.PROGRAM);
    private final List<String> rest = new ArrayList<>();
    private CommandNode.Group group;
    private Command command;

    CommandPath(CommandNode.Group root) {
        this.group = root;
    }

    Stop walk(String[] args) {
        for (int i = 0; i < args.length; i++) {
            String word = args[i];
            switch (word) {
                case "-h", "--help" -> {
                    return Stop.HELP;
                }
                case "--json", "--verbose" -> rest.add(word);
                case "--lock-timeout" -> {
                    rest.add(word);
                    if (i + 1 < args.length) {
                        rest.add(args[++i]);
                    }
                }
                case String version
                when version.equals("--version") && atRoot() -> {
                    return Stop.VERSION;
                }
                default -> {
                    if (word.startsWith("-")) {
                        throw usage("unknown option " + Failure.shown(word), "see: " + words + " --help");
                    }
                    switch (group.child(word).orElseThrow(() -> unknown(word))) {
                        case CommandNode.Group next -> {
                            words.append(' ').append(word);
                            group = next;
                        }
                        case CommandNode.Leaf leaf -> {
                            words.append(' ').append(word);
                            command = leaf.command().get();
                            rest.addAll(List.of(args).subList(i + 1, args.length));
                            return Stop.COMMAND;
                        }
                    }
                }
            }
        }
        return Stop.INCOMPLETE;
    }

    Optional<Command> command() {
        return Optional.ofNullable(command);
    }

    CommandNode.Group group() {
        return group;
    }

    /** Such as {@code smolvm sandbox create}. */
    String words() {
        return words.toString();
    }

    /** Such as {@code sandbox.create}; empty before the first word. */
    String dotted() {
        return atRoot() ? "" : words.substring(Cli.PROGRAM.length() + 1).replace(' ', '.');
    }

    String[] rest() {
        return rest.toArray(String[]::new);
    }

    /** Whether errors are to be told as JSON: also those that keep the command line from being parsed. */
    boolean json(String[] args) {
        return (command == null || command.printsData()) && givenBeforeDashes(args, "--json");
    }

    boolean verbose() {
        return command == null ? rest.contains("--verbose") : command.verbose();
    }

    SmolVmException incomplete() {
        return usage("no command given", "see: " + words + " --help");
    }

    private boolean atRoot() {
        return words.length() == Cli.PROGRAM.length();
    }

    private SmolVmException unknown(String word) {
        String nearest = null;
        int best = Math.max(1, word.length() / 3) + 1;
        for (CommandNode child : group.children().get()) {
            int distance = child.name().startsWith(word) ? 1 : distance(word, child.name());
            if (distance < best) {
                best = distance;
                nearest = child.name();
            }
        }
        return usage(
                "unknown command " + Failure.shown(word),
                nearest == null ? "see: " + words + " --help" : "did you mean: " + words + " " + nearest);
    }

    private static boolean givenBeforeDashes(String[] args, String option) {
        for (String arg : args) {
            if (arg.equals("--")) {
                return false;
            }
            if (arg.equals(option)) {
                return true;
            }
        }
        return false;
    }

    private static SmolVmException usage(String message, String advice) {
        return new SmolVmException(ErrorKind.USAGE, message, advice);
    }

    /** How many letters must be added, removed or replaced (Levenshtein). */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}

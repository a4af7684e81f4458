package dev.smolvm.cli.completion;

import dev.smolvm.cli.declare.CommandDeclaration;
import dev.smolvm.cli.tree.CommandNode;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** All that a completion script needs to know of the commands. */
record CompletionModel(String program, List<Entry> entries) {
    /**
     * A command or group.
     *
     * @param path its words with blanks between, the program's name first
     * @param words what may follow: the children of a group
     */
    record Entry(String path, String summary, List<Entry.Word> words, List<Entry.Option> options, What argument) {
        record Word(String word, String summary) {}

        record Option(List<String> names, String description, What value) {}
    }

    /** What an argument or an option's value is. */
    sealed interface What {
        /** Nothing follows. */
        record Nothing() implements What {}

        /** Something that cannot be guessed. */
        record Anything() implements What {}

        record Files() implements What {}

        record OneOf(List<String> choices) implements What {}

        /** The first column of what this command lists. */
        record Listed(String command) implements What {}
    }

    static CompletionModel of(CommandNode.Group root) {
        List<Entry> entries = new ArrayList<>();
        collect(root, root.name(), entries);
        return new CompletionModel(root.name(), entries);
    }

    private static void collect(CommandNode node, String path, List<Entry> entries) {
        switch (node) {
            case CommandNode.Group group -> {
                List<Entry.Word> words = new ArrayList<>();
                for (CommandNode child : group.children().get()) {
                    words.add(new Entry.Word(child.name(), CommandNode.summaryOf(child)));
                }
                entries.add(new Entry(path, group.summary(), words, helpOnly(), new What.Nothing()));
                for (CommandNode child : group.children().get()) {
                    collect(child, path + " " + child.name(), entries);
                }
            }
            case CommandNode.Leaf leaf -> {
                CommandDeclaration declaration = leaf.command().get().declaration();
                List<Entry.Option> options = new ArrayList<>();
                for (OptionSpec option : declaration.spec().options()) {
                    options.add(new Entry.Option(
                            List.of(option.names()),
                            option.description()[0],
                            option.arity().max() == 0 ? new What.Nothing() : what(option)));
                }
                List<PositionalParamSpec> parameters = declaration.spec().positionalParameters();
                What argument = parameters.isEmpty() ? new What.Nothing() : what(parameters.getFirst());
                entries.add(new Entry(path, CommandNode.summaryOf(leaf), List.of(), options, argument));
            }
        }
    }

    private static List<Entry.Option> helpOnly() {
        return List.of(new Entry.Option(List.of("-h", "--help"), "Show help.", new What.Nothing()));
    }

    private static What what(ArgSpec argument) {
        if (argument.completionCandidates() != null) {
            List<String> choices = new ArrayList<>();
            argument.completionCandidates().forEach(choices::add);
            return new What.OneOf(choices);
        }
        return switch (argument.paramLabel()) {
            case "SANDBOX" -> new What.Listed("sandbox list");
            case "SNAPSHOT" -> new What.Listed("sandbox snapshot list");
            case "IMAGE" -> new What.Listed("image list");
            case "FILE", "FILE[:ro]", "LOCAL", "HOST_DIR:GUEST_DIR" -> new What.Files();
            default -> new What.Anything();
        };
    }
}

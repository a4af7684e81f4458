package dev.smolvm.cli.tree;

import dev.smolvm.cli.command.Command;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** A word of the command line: a command, or a group of further words. Commands are made only when they are needed. */
public sealed interface CommandNode {
    String name();

    /** @param children made when first asked for: most runs never look into most groups */
    record Group(String name, String summary, Supplier<List<CommandNode>> children) implements CommandNode {
        public Optional<CommandNode> child(String word) {
            for (CommandNode child : children.get()) {
                if (child.name().equals(word)) {
                    return Optional.of(child);
                }
            }
            return Optional.empty();
        }
    }

    record Leaf(String name, Supplier<Command> command) implements CommandNode {}

    /** One line about it. */
    static String summaryOf(CommandNode node) {
        return switch (node) {
            case Group group -> group.summary();
            case Leaf leaf ->
                leaf.command().get().declaration().spec().usageMessage().header()[0];
        };
    }
}

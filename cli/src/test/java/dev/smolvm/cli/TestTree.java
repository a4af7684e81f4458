package dev.smolvm.cli;

import dev.smolvm.cli.tree.CommandNode;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonParser;
import java.util.ArrayList;
import java.util.List;

/** The real commands, for tests in other packages. */
public final class TestTree {
    private TestTree() {}

    public static CommandNode.Group root() {
        return Commands.ROOT;
    }

    /** The words of every command and group. */
    public static List<String[]> paths() {
        List<String[]> paths = new ArrayList<>();
        collect(Commands.ROOT, "", paths);
        return paths;
    }

    private static void collect(CommandNode.Group group, String before, List<String[]> paths) {
        for (CommandNode child : group.children().get()) {
            String path = (before + " " + child.name()).strip();
            paths.add(path.split(" "));
            if (child instanceof CommandNode.Group next) {
                collect(next, path, paths);
            }
        }
    }

    public static Json parse(String text) {
        return JsonParser.parse(text);
    }
}

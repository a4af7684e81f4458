package dev.smolvm.cli;

import dev.smolvm.cli.output.Style;
import dev.smolvm.cli.tree.CommandNode;
import dev.smolvm.cli.tree.HelpPage;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Writes {@code docs/reference/cli.md}: the help of every command, as it prints it. */
public final class Reference {
    private Reference() {}

    public static void main(String[] args) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.print(markdown());
    }

    static String markdown() {
        StringBuilder page = new StringBuilder("# Command line\n\n");
        page.append(
                "Generated from the commands by `./dev docs`. Every command exits with one of these codes, except that\n");
        page.append("`sandbox exec`, `run-guarded` and `shell` pass on the code of what ran in the guest.\n\n");
        page.append("| code | meaning |\n|---|---|\n");
        HelpPage.EXIT_CODES.forEach((code, meaning) ->
                page.append("| ").append(code).append(" | ").append(meaning).append(" |\n"));
        page.append("\nWith `--json` a command prints one document on stdout and nothing else there:\n");
        page.append(
                "`{\"ok\":true,\"command\":\"sandbox.snapshot.create\",\"exit_code\":0,\"data\":{…},\"error\":null}`.\n");
        page.append(
                "On failure `data` is null and `error` has `code`, `message`, `recovery` and `details`. A command that was done but found"
                        + " something wrong (`doctor`, `store check`, `snapshot verify`, `snapshot prune`) has its `data` and no `error`.\n");
        section(page, Commands.ROOT, Commands.ROOT.name());
        return page.toString();
    }

    private static void section(StringBuilder page, CommandNode node, String path) {
        page.append("\n## ")
                .append(path)
                .append("\n\n```text\n")
                .append(help(node, path))
                .append("```\n");
        if (node instanceof CommandNode.Group group) {
            for (CommandNode child : group.children().get()) {
                section(page, child, path + " " + child.name());
            }
        }
    }

    private static String help(CommandNode node, String path) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        switch (node) {
            case CommandNode.Group group -> HelpPage.print(path, group, Cli.FIRST_STEPS, out, Style.PLAIN);
            case CommandNode.Leaf leaf -> HelpPage.print(path, leaf.command().get(), out, Style.PLAIN);
        }
        String help = bytes.toString(StandardCharsets.UTF_8);
        // The same for all of them, and at the top of the page.
        return help.substring(0, help.indexOf("\nExit codes:"));
    }
}

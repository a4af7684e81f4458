package dev.smolvm.cli.tree;

import dev.smolvm.cli.command.Command;
import dev.smolvm.cli.output.Style;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** What {@code --help} prints: synopsis, arguments, options, examples and exit codes. */
public final class HelpPage {
    /** The exit codes of every command, as {@link dev.smolvm.error.ErrorKind} has them. */
    public static final Map<String, String> EXIT_CODES = exitCodes();

    private static final int WIDTH = 100;
    private static final int ONE_LINE = 10_000;
    private static final String HEADING = "Usage: ";
    private static final int GROUP_EXAMPLES = 5;
    private static final List<String> SECTIONS = List.of(
            UsageMessageSpec.SECTION_KEY_HEADER,
            UsageMessageSpec.SECTION_KEY_SYNOPSIS_HEADING,
            UsageMessageSpec.SECTION_KEY_SYNOPSIS,
            UsageMessageSpec.SECTION_KEY_DESCRIPTION_HEADING,
            UsageMessageSpec.SECTION_KEY_DESCRIPTION,
            UsageMessageSpec.SECTION_KEY_PARAMETER_LIST_HEADING,
            UsageMessageSpec.SECTION_KEY_PARAMETER_LIST,
            UsageMessageSpec.SECTION_KEY_OPTION_LIST_HEADING,
            UsageMessageSpec.SECTION_KEY_OPTION_LIST,
            UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING,
            UsageMessageSpec.SECTION_KEY_COMMAND_LIST,
            UsageMessageSpec.SECTION_KEY_FOOTER_HEADING,
            UsageMessageSpec.SECTION_KEY_FOOTER,
            UsageMessageSpec.SECTION_KEY_EXIT_CODE_LIST_HEADING,
            UsageMessageSpec.SECTION_KEY_EXIT_CODE_LIST);

    private HelpPage() {}

    /** @param name the whole command, such as {@code smolvm sandbox create} */
    public static void print(String name, Command command, PrintStream out, Style style) {
        CommandSpec spec = command.declaration().spec().name(name);
        examples(spec, command.declaration().examples());
        print(spec, out, style);
    }

    /** @param examples those of the whole program; a group below it shows its commands' */
    public static void print(
            String name, CommandNode.Group group, Map<String, String> examples, PrintStream out, Style style) {
        CommandSpec spec = CommandSpec.create().name(name);
        spec.usageMessage().header(group.summary()).customSynopsis(name + " COMMAND ...");
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help, or that of the command before it, and exit.")
                .build());
        if (!name.contains(" ")) {
            spec.addOption(OptionSpec.builder("--version")
                    .versionHelp(true)
                    .description("Show the version and exit.")
                    .build());
        }
        for (CommandNode child : group.children().get()) {
            CommandSpec shown = CommandSpec.create().name(child.name());
            shown.usageMessage().header(CommandNode.summaryOf(child));
            spec.addSubcommand(child.name(), shown);
        }
        examples(spec, name.contains(" ") ? ofCommands(group) : examples);
        print(spec, out, style);
    }

    /** The first example of each of the group's first commands. */
    private static Map<String, String> ofCommands(CommandNode.Group group) {
        Map<String, String> examples = new LinkedHashMap<>();
        for (CommandNode child : group.children().get()) {
            if (child instanceof CommandNode.Leaf leaf && examples.size() < GROUP_EXAMPLES) {
                var first = leaf.command()
                        .get()
                        .declaration()
                        .examples()
                        .entrySet()
                        .iterator()
                        .next();
                examples.put(first.getKey(), first.getValue());
            }
        }
        return examples;
    }

    private static void print(CommandSpec spec, PrintStream out, Style style) {
        UsageMessageSpec usage = spec.usageMessage();
        usage.width(WIDTH)
                .sectionKeys(SECTIONS)
                .synopsisHeading("%n" + HEADING)
                .descriptionHeading(usage.description().length == 0 ? "" : "%n")
                .parameterListHeading("%nArguments:%n")
                .optionListHeading("%nOptions:%n")
                .commandListHeading("%nCommands:%n")
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(EXIT_CODES);
        CommandLine shown = new CommandLine(spec);
        shown.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_SYNOPSIS, help -> synopsis(usage, help));
        shown.usage(out, style == Style.COLOURED ? Ansi.ON : Ansi.OFF);
        out.println();
    }

    /** picocli's, but with breaks only between words, not inside {@code [--env=NAME[=VALUE]]}. */
    private static String synopsis(UsageMessageSpec usage, Help help) {
        usage.width(ONE_LINE);
        String[] words = help.synopsis(0).strip().split(" ");
        usage.width(WIDTH);
        String indent = " ".repeat(HEADING.length() + help.commandSpec().name().length() + 1);
        StringBuilder lines = new StringBuilder();
        int column = HEADING.length();
        for (String word : words) {
            int length = word.replaceAll("\033\\[[0-9;]*m", "").length();
            if (column > indent.length() && column + length > WIDTH) {
                lines.append("\n").append(indent);
                column = indent.length();
            } else if (!lines.isEmpty()) {
                lines.append(' ');
            }
            lines.append(word);
            column += length + 1;
        }
        return lines.append('\n').toString();
    }

    private static void examples(CommandSpec spec, Map<String, String> examples) {
        List<String> lines = new ArrayList<>();
        examples.forEach((commandLine, effect) -> {
            lines.add("  # " + effect.replace("%", "%%"));
            lines.add("  " + commandLine.replace("%", "%%"));
        });
        spec.usageMessage().footerHeading("%nExamples:%n").footer(lines.toArray(String[]::new));
    }

    private static Map<String, String> exitCodes() {
        Map<String, String> codes = new LinkedHashMap<>();
        codes.put("0", "done");
        codes.put("1", "unexpected failure");
        codes.put("2", "wrong usage");
        codes.put("3", "not found");
        codes.put("4", "conflict: exists already, busy, or in the wrong state");
        codes.put("5", "integrity: data that should be intact is not");
        codes.put("6", "incompatible: saved by another version or for another machine");
        codes.put("7", "no space left");
        codes.put("8", "has dependents: something else needs it");
        codes.put("9", "the guest did not answer");
        codes.put("10", "the virtual machine died");
        codes.put("11", "not supported here");
        codes.put("130", "interrupted");
        return codes;
    }
}

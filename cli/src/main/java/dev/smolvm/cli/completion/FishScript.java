package dev.smolvm.cli.completion;

import dev.smolvm.cli.completion.CompletionModel.Entry;
import dev.smolvm.cli.completion.CompletionModel.What;

/** Completions for fish: one line for each word and option, with its description. */
final class FishScript {
    /** {@code __smolvm_at PATH} holds where the words before the cursor, options left out, lead to this command. */
    private static final String HEAD =
            """
            function __smolvm_at
                set -l words (commandline -opc)
                contains -- -- $words; and return 1
                set -l path smolvm
                for word in $words[2..-1]
                    contains -- "$path $word" $__smolvm_paths; and set path "$path $word"
                end
                test "$path" = "$argv"
            end

            function __smolvm_names
                smolvm $argv 2>/dev/null | tail -n +2 | string replace -r ' .*' ''
            end

            """;

    private FishScript() {}

    static String of(CompletionModel model) {
        StringBuilder script = new StringBuilder("# smolvm completion; made by: smolvm completion\n\n").append(HEAD);
        script.append("set -g __smolvm_paths");
        for (Entry entry : model.entries()) {
            script.append(" '").append(entry.path()).append('\'');
        }
        script.append("\ncomplete -c smolvm -f\n");
        for (Entry entry : model.entries()) {
            String at = "complete -c smolvm -n '__smolvm_at " + entry.path() + "'";
            for (Entry.Word word : entry.words()) {
                script.append(at)
                        .append(" -a ")
                        .append(word.word())
                        .append(" -d ")
                        .append(quoted(word.summary()));
                script.append('\n');
            }
            String arguments = values(entry.argument());
            if (!arguments.isEmpty()) {
                script.append(at).append(arguments).append('\n');
            }
            for (Entry.Option option : entry.options()) {
                script.append(at);
                for (String name : option.names()) {
                    script.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
                }
                script.append(
                        option.value() instanceof What.Nothing
                                ? ""
                                : (option.value() instanceof What.Files ? " -r" : " -x") + values(option.value()));
                script.append(" -d ").append(quoted(option.description())).append('\n');
            }
        }
        return script.toString();
    }

    private static String values(What what) {
        return switch (what) {
            case What.OneOf(var choices) -> " -a '" + String.join(" ", choices) + "'";
            case What.Listed(var command) -> " -a '(__smolvm_names " + command + ")'";
            case What.Files() -> " -F";
            case What.Nothing _, What.Anything _ -> "";
        };
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}

package dev.smolvm.cli.completion;

import dev.smolvm.cli.completion.CompletionModel.Entry;
import dev.smolvm.cli.completion.CompletionModel.What;

/** A completion function for bash, and for zsh through its bashcompinit. */
final class BashScript {
    /** Walks the words before the cursor down the commands; then a table says what may come. */
    private static final String HEAD =
            """
            _smolvm_names() { smolvm "$@" 2>/dev/null | { read -r _; while read -r name _; do echo "$name"; done; }; }

            _smolvm() {
              local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path=smolvm words='' i
              COMPREPLY=()
              for ((i = 1; i < COMP_CWORD; i++)); do
                [[ ${COMP_WORDS[i]} == -- ]] && return
                case "$path ${COMP_WORDS[i]}" in
            """;

    private static final String TAIL =
            """
              COMPREPLY=($(compgen -W "$words" -- "$cur"))
            }
            complete -o default -F _smolvm smolvm
            """;

    private BashScript() {}

    static String forZsh(CompletionModel model) {
        return "#compdef smolvm\nautoload -U +X bashcompinit && bashcompinit\n\n" + of(model);
    }

    static String of(CompletionModel model) {
        StringBuilder script = new StringBuilder("# smolvm completion; made by: smolvm completion\n\n").append(HEAD);
        for (Entry entry : model.entries()) {
            if (entry.path().contains(" ")) {
                script.append("      '")
                        .append(entry.path())
                        .append("') path='")
                        .append(entry.path())
                        .append("' ;;\n");
            }
        }
        script.append("    esac\n  done\n  case \"$path $prev\" in\n");
        for (Entry entry : model.entries()) {
            for (Entry.Option option : entry.options()) {
                value(script, entry, option);
            }
        }
        script.append("  esac\n  case $path in\n");
        for (Entry entry : model.entries()) {
            script.append("    '").append(entry.path()).append("')\n      ");
            script.append("if [[ $cur == -* ]]; then words='")
                    .append(optionNames(entry))
                    .append("'; else ");
            script.append(argument(entry)).append("; fi ;;\n");
        }
        return script.append("  esac\n").append(TAIL).toString();
    }

    private static void value(StringBuilder script, Entry entry, Entry.Option option) {
        String answer =
                switch (option.value()) {
                    case What.Nothing() -> null;
                    case What.Anything() -> "return";
                    case What.Files() -> "COMPREPLY=($(compgen -f -- \"$cur\")); return";
                    case What other -> words(other) + "; COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")); return";
                };
        if (answer != null) {
            String separator = "";
            script.append("    ");
            for (String name : option.names()) {
                script.append(separator)
                        .append('\'')
                        .append(entry.path())
                        .append(' ')
                        .append(name)
                        .append('\'');
                separator = "|";
            }
            script.append(") ").append(answer).append(" ;;\n");
        }
    }

    private static String optionNames(Entry entry) {
        StringBuilder names = new StringBuilder();
        for (Entry.Option option : entry.options()) {
            for (String name : option.names()) {
                names.append(names.isEmpty() ? "" : " ").append(name);
            }
        }
        return names.toString();
    }

    private static String argument(Entry entry) {
        if (!entry.words().isEmpty()) {
            StringBuilder words = new StringBuilder("words='");
            for (Entry.Word word : entry.words()) {
                words.append(word.word()).append(' ');
            }
            return words.toString().stripTrailing() + "'";
        }
        return words(entry.argument());
    }

    private static String words(What what) {
        return switch (what) {
            case What.OneOf(var choices) -> "words='" + String.join(" ", choices) + "'";
            case What.Listed(var command) -> "words=$(_smolvm_names " + command + ")";
            case What.Nothing _, What.Anything _, What.Files _ -> "return";
        };
    }
}

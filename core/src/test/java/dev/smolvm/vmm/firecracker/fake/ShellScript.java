package dev.smolvm.vmm.firecracker.fake;

import java.util.ArrayList;
import java.util.List;

/**
 * A script as commands with what stands between them. Quotes, {@code ;}, line breaks, {@code &&}, {@code ||}, {@code >},
 * {@code >>} and comments are known, nothing else.
 */
record ShellScript(List<Step> steps) {
    /** @param when {@code &&} or {@code ||} after the step before; empty: always */
    record Step(String when, List<String> words, String target, boolean append) {}

    static ShellScript parse(String text) {
        List<Step> steps = new ArrayList<>();
        List<String> tokens = tokens(text);
        String when = "";
        List<String> words = new ArrayList<>();
        String target = null;
        boolean append = false;
        for (int i = 0; i <= tokens.size(); i++) {
            String token = i < tokens.size() ? tokens.get(i) : ";";
            switch (token) {
                case ";", "&&", "||" -> {
                    if (!words.isEmpty()) {
                        steps.add(new Step(when, List.copyOf(words), target, append));
                        when = "";
                    }
                    when = token.equals(";") ? "" : token;
                    words.clear();
                    target = null;
                }
                case ">", ">>" -> {
                    append = token.equals(">>");
                    target = i + 1 < tokens.size() ? word(tokens.get(++i)) : "";
                }
                default -> words.add(word(token));
            }
        }
        return new ShellScript(steps);
    }

    /** Words begin with a mark, so that a quoted operator is none. */
    private static String word(String token) {
        return token.startsWith("\0") ? token.substring(1) : token;
    }

    private static List<String> tokens(String text) {
        List<String> tokens = new ArrayList<>();
        StringBuilder word = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\'' || c == '"') {
                word = word == null ? new StringBuilder("\0") : word;
                int end = text.indexOf(c, i + 1);
                end = end < 0 ? text.length() : end;
                word.append(text, i + 1, end);
                i = end;
            } else if (c == '\\' && i + 1 < text.length()) {
                word = (word == null ? new StringBuilder("\0") : word).append(text.charAt(++i));
            } else if (" \t\n;&|>".indexOf(c) >= 0) {
                word = end(word, tokens);
                boolean twice = "&|>".indexOf(c) >= 0 && text.startsWith("" + c + c, i);
                if (c == '\n' || c == ';') {
                    tokens.add(";");
                } else if (c != ' ' && c != '\t') {
                    tokens.add(twice ? "" + c + c : "" + c);
                    i += twice ? 1 : 0;
                }
            } else if (c == '#' && word == null) {
                int end = text.indexOf('\n', i);
                i = end < 0 ? text.length() : end - 1;
            } else {
                word = (word == null ? new StringBuilder("\0") : word).append(c);
            }
        }
        end(word, tokens);
        return tokens;
    }

    private static StringBuilder end(StringBuilder word, List<String> tokens) {
        if (word != null) {
            tokens.add(word.toString());
        }
        return null;
    }
}

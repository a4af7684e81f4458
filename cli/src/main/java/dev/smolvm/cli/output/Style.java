package dev.smolvm.cli.output;

import java.util.Map;

/** Colours one stream's text, or leaves it plain. */
public enum Style {
    PLAIN,
    COLOURED;

    /** Colours are for terminals, unless the user said no (<a href="https://no-color.org">NO_COLOR</a>) or it cannot show them. */
    public static Style of(boolean terminal, Map<String, String> environment) {
        boolean refused = !environment.getOrDefault("NO_COLOR", "").isEmpty();
        return terminal && !refused && !"dumb".equals(environment.get("TERM")) ? COLOURED : PLAIN;
    }

    public String bold(String text) {
        return wrapped("1", text);
    }

    public String red(String text) {
        return wrapped("31", text);
    }

    public String green(String text) {
        return wrapped("32", text);
    }

    public String yellow(String text) {
        return wrapped("33", text);
    }

    public String faint(String text) {
        return wrapped("2", text);
    }

    private String wrapped(String code, String text) {
        return this == COLOURED ? "\033[" + code + "m" + text + "\033[0m" : text;
    }
}

package dev.smolvm.host;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An apt source of binary packages, from either of apt's two formats (sources.list(5)).
 *
 * @param options by their deb822 names, such as {@code Signed-By}; a value may be a key of several lines
 */
record AptSource(List<String> uris, List<String> suites, List<String> components, Map<String, String> options) {
    private static final Pattern ONE_LINE =
            Pattern.compile("deb\\s+(?:\\[([^]]*)]\\s*)?(\\S+)\\s+(\\S+)((?:\\s+\\S+)*)\\s*");
    private static final Map<String, String> LONG_NAMES =
            Map.of("arch", "Architectures", "lang", "Languages", "signed-by", "Signed-By", "trusted", "Trusted");
    private static final List<String> NOT_OPTIONS =
            List.of("types", "uris", "suites", "components", "enabled", "x-repolib-name", "description");

    static List<AptSource> parseOneLine(String text) {
        List<AptSource> sources = new ArrayList<>();
        for (String line : text.split("\n")) {
            Matcher matcher = ONE_LINE.matcher(line.replaceFirst("#.*", "").strip());
            if (matcher.matches()) {
                Map<String, String> options = new LinkedHashMap<>();
                for (String option : words(matcher.group(1))) {
                    int equals = option.indexOf('=');
                    if (equals > 0) {
                        String name = option.substring(0, equals).toLowerCase(Locale.ROOT);
                        options.put(
                                LONG_NAMES.getOrDefault(name, name),
                                option.substring(equals + 1).replace(',', ' '));
                    }
                }
                sources.add(new AptSource(
                        List.of(matcher.group(2)), List.of(matcher.group(3)), words(matcher.group(4)), options));
            }
        }
        return sources;
    }

    static List<AptSource> parseDeb822(String text) {
        return Stream.of(text.split("\n(?:[ \t]*\n)+"))
                .map(AptSource::fields)
                .filter(fields -> words(fields.get("types")).contains("deb"))
                .filter(fields -> !isNo(fields.getOrDefault("enabled", "yes")))
                .map(AptSource::ofFields)
                .toList();
    }

    private static AptSource ofFields(Map<String, String> fields) {
        Map<String, String> options = new LinkedHashMap<>();
        fields.forEach((name, value) -> {
            if (!NOT_OPTIONS.contains(name)) {
                options.put(canonical(name), value);
            }
        });
        return new AptSource(
                words(fields.get("uris")), words(fields.get("suites")), words(fields.get("components")), options);
    }

    /** Field names in lower case; a value of several lines keeps them. */
    private static Map<String, String> fields(String paragraph) {
        Map<String, String> fields = new LinkedHashMap<>();
        String current = null;
        for (String line : paragraph.split("\n")) {
            int colon = line.indexOf(':');
            if (line.startsWith("#") || line.isBlank()) {
                continue;
            }
            if (Character.isWhitespace(line.charAt(0))) {
                String more = line;
                if (current != null) {
                    fields.computeIfPresent(current, (_, value) -> value + "\n" + more);
                }
            } else if (colon > 0) {
                current = line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
                fields.put(current, line.substring(colon + 1).strip());
            }
        }
        return fields;
    }

    boolean offers(String suite) {
        return suites.contains(suite) && components.contains("main");
    }

    /** The same archive's other suite, as the content of a {@code .sources} file. */
    String withSuite(String suite) {
        Stream<String> head =
                Stream.of("Types: deb", "URIs: " + String.join(" ", uris), "Suites: " + suite, "Components: main");
        Stream<String> rest = options.entrySet().stream()
                .map(o -> o.getKey() + ":" + (o.getValue().startsWith("\n") ? "" : " ") + o.getValue());
        return Stream.concat(head, rest).collect(Collectors.joining("\n", "", "\n"));
    }

    private static String canonical(String name) {
        return LONG_NAMES.values().stream()
                .filter(known -> known.equalsIgnoreCase(name))
                .findFirst()
                .orElse(name);
    }

    private static boolean isNo(String value) {
        return List.of("no", "false", "off", "without", "disable", "0").contains(value.toLowerCase(Locale.ROOT));
    }

    private static List<String> words(String text) {
        return text == null
                ? List.of()
                : Stream.of(text.strip().split("\\s+"))
                        .filter(w -> !w.isEmpty())
                        .toList();
    }
}

package dev.smolvm.docs;

import java.util.List;
import java.util.regex.Pattern;

/** A terminal's content as an SVG picture, one text element a line. */
final class TerminalPicture {
    /** A character's width at this font size, in the fonts named below. */
    private static final double COLUMN = 8.43;

    private static final int LINE = 20;
    private static final int MARGIN = 18;
    private static final int ASCENT = 14;
    private static final Pattern TEXT = Pattern.compile("<text[^>]*>(.*?)</text>");

    private TerminalPicture() {}

    static String draw(List<String> lines) {
        int columns = lines.stream().mapToInt(String::length).max().orElse(0);
        int width = (int) Math.ceil(columns * COLUMN) + 2 * MARGIN;
        int height = lines.size() * LINE + 2 * MARGIN;
        StringBuilder svg = new StringBuilder(
                """
                <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">
                <title>A session with smolvm</title>
                <rect width="100%%" height="100%%" rx="8" fill="#16181d"/>
                <g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#d7dae0">
                """
                        .formatted(width, height, width, height));
        int y = MARGIN + ASCENT;
        for (String line : lines) {
            svg.append(
                    "<text xml:space=\"preserve\" x=\"%d\" y=\"%d\">%s</text>\n".formatted(MARGIN, y, coloured(line)));
            y += LINE;
        }
        return svg.append("</g>\n</svg>\n").toString();
    }

    /** What {@link #draw} was given. */
    static List<String> lines(String picture) {
        return TEXT.matcher(picture)
                .results()
                .map(r -> r.group(1).replaceAll("<[^>]*>", ""))
                .map(s -> s.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
                .toList();
    }

    private static String coloured(String line) {
        if (line.startsWith("$ ")) {
            return span("#7fd88f", "$") + span("#ffffff", line.substring(1));
        }
        for (String word : List.of("error:", "hint:")) {
            if (line.startsWith(word)) {
                return span(word.equals("error:") ? "#f07178" : "#e6c07b", word)
                        + escaped(line.substring(word.length()));
            }
        }
        return escaped(line);
    }

    private static String span(String colour, String text) {
        return "<tspan fill=\"" + colour + "\">" + escaped(text) + "</tspan>";
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}

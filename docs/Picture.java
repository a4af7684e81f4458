import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Records the session in a Markdown file: runs the commands of each block that is marked `<!-- picture: FILE.svg -->` in a fresh
/// store, writes what they really printed into the block, and draws it. From the project's folder, with `./smolvm` built:
/// `java docs/Picture.java README.md`
public final class Picture {
    private static final double COLUMN = 8.43;
    private static final int LINE = 20;
    private static final int MARGIN = 18;
    private static final String PROMPT = "$ ";

    public static void main(String[] arguments) throws Exception {
        Path document = Path.of(arguments[0]);
        List<String> lines = Files.readAllLines(document);
        List<String> written = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            written.add(lines.get(i));
            if (lines.get(i).startsWith("<!-- picture: ")) {
                int end = i + 2;
                List<String> commands = new ArrayList<>();
                for (; !lines.get(end).equals("```"); end++) {
                    if (lines.get(end).startsWith(PROMPT)) {
                        commands.add(lines.get(end).substring(PROMPT.length()));
                    }
                }
                List<String> session = record(commands);
                written.add(lines.get(i + 1));
                written.addAll(session);
                Path picture = document.resolveSibling(lines.get(i).replaceAll("<!-- picture: | -->", ""));
                Files.createDirectories(picture.getParent());
                Files.writeString(picture, draw(session));
                i = end - 1;
            }
        }
        Files.write(document, written);
    }

    private static List<String> record(List<String> commands) throws IOException, InterruptedException {
        Path store = Files.createTempDirectory("picture");
        String launcher = Path.of("smolvm").toAbsolutePath().toString();
        Map<String, String> environment =
                Map.of("SMOLVM_HOME", store.toString(), "PATH", Path.of(launcher).getParent() + ":" + System.getenv("PATH"));
        List<String> session = new ArrayList<>();
        run("smolvm image build tiny", environment);
        for (String command : commands) {
            session.add(PROMPT + command);
            session.addAll(run(command, environment));
        }
        run("smolvm sandbox list | sed '1d; s/ .*//' | xargs -r smolvm sandbox delete --force", environment);
        run("rm -rf '" + store + "'", environment);
        return session;
    }

    private static List<String> run(String command, Map<String, String> environment)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        List<String> printed = process.inputReader().readAllLines();
        process.waitFor();
        return printed;
    }

    private static String draw(List<String> session) {
        int columns = session.stream().mapToInt(String::length).max().orElse(0);
        int width = (int) Math.ceil(columns * COLUMN) + 2 * MARGIN;
        int height = session.size() * LINE + 2 * MARGIN;
        StringBuilder svg = new StringBuilder("""
                <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">
                <title>A session with smolvm</title>
                <rect width="100%%" height="100%%" rx="8" fill="#16181d"/>
                <g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#d7dae0">
                """.formatted(width, height, width, height));
        int y = MARGIN + 14;
        for (String line : session) {
            svg.append("<text xml:space=\"preserve\" x=\"%d\" y=\"%d\">%s</text>\n".formatted(MARGIN, y, coloured(line)));
            y += LINE;
        }
        return svg.append("</g>\n</svg>\n").toString();
    }

    private static String coloured(String line) {
        if (line.startsWith(PROMPT)) {
            return span("#7fd88f", "$") + span("#ffffff", " " + line.substring(PROMPT.length()));
        }
        if (line.startsWith("error:") || line.startsWith("hint:")) {
            int end = line.indexOf(':') + 1;
            return span(line.startsWith("error:") ? "#f07178" : "#e6c07b", line.substring(0, end)) + escaped(line.substring(end));
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

package dev.smolvm.cli.session;

import dev.smolvm.cli.library.Library;
import dev.smolvm.host.Check;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * All that the command line touches outside itself.
 *
 * @param library opens the store with a lock timeout; called only by commands that need it
 * @param hostChecks looks at this machine; works without a store
 */
public record Surroundings(
        InputStream in,
        OutputStream out,
        OutputStream err,
        Terminals terminals,
        Map<String, String> environment,
        Function<Duration, Library> library,
        Supplier<List<Check>> hostChecks,
        Signals signals,
        TerminalModes terminalModes) {
    /** Which of the standard streams are terminals. */
    public record Terminals(boolean in, boolean out, boolean err) {
        public static final Terminals NONE = new Terminals(false, false, false);

        /** @param digits the numbers of those that are, as the launcher passes them, such as {@code 02} */
        public static Terminals of(String digits) {
            return new Terminals(digits.contains("0"), digits.contains("1"), digits.contains("2"));
        }
    }
}

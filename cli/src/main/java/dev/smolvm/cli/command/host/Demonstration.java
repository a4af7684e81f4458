package dev.smolvm.cli.command.host;

import dev.smolvm.cli.library.SandboxLibrary;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.Guest;
import dev.smolvm.store.SandboxName;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The proof in the guest: a process whose counter is a shell variable, so that it is in memory and nowhere else (it tells
 * the value only when asked by a signal), and a file.
 */
final class Demonstration {
    private static final Duration CONNECT_DEADLINE = Duration.ofSeconds(30);
    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(60);
    private static final long SEEDS = 900_000;
    /** More than it can have counted in between. */
    private static final long FAR = 50_000;

    private static final String CONTENT = "written before the snapshot";

    private static final String BEGIN =
            """
            mkdir -p /work /run && echo '%s' > /work/precious.txt && sync || exit 1
            cat > /run/counter.sh <<'END'
            n=$1
            trap 'echo $n > /run/counter.next; mv /run/counter.next /run/counter.told' USR1
            echo $$ > /run/counter.pid
            while :; do n=$((n + 1)); sleep 0.02; done
            END
            setsid sh /run/counter.sh %d </dev/null >/dev/null 2>&1 &
            while [ ! -s /run/counter.pid ]; do sleep 0.02; done
            """
                    .replace("%s", CONTENT);

    private static final String ASK =
            """
            rm -f /run/counter.told
            kill -USR1 "$(cat /run/counter.pid)" || exit 1
            while [ ! -s /run/counter.told ]; do sleep 0.02; done
            cat /run/counter.told
            """;

    private static final String DESTROY =
            """
            kill -9 "$(cat /run/counter.pid)" && rm -rf /work /run/counter.* && [ ! -e /work/precious.txt ]
            """;

    private final SandboxLibrary sandboxes;
    private final SandboxName sandbox;

    Demonstration(SandboxLibrary sandboxes, SandboxName sandbox) {
        this.sandboxes = sandboxes;
        this.sandbox = sandbox;
    }

    /** Counts from a number that the guest's disk does not know. */
    void begin() {
        run(BEGIN.replace("%d", Long.toString(ThreadLocalRandom.current().nextLong(SEEDS))));
    }

    /** What the process counts at the moment. */
    long counter() {
        String told = run(ASK);
        try {
            return Long.parseLong(told);
        } catch (NumberFormatException e) {
            throw failed("the counting process answered '" + told + "'");
        }
    }

    void destroy() {
        run(DESTROY);
    }

    /** @param saved a value from before the snapshot: the process must be shortly after it, and go on */
    long counterAfterRestore(long saved) {
        long first = counter();
        long second = counter();
        if (first < saved || first > saved + FAR || second <= first) {
            throw failed("after the restore the counter was " + first + ", then " + second + "; it had been " + saved);
        }
        return second;
    }

    void checkFile() {
        String content = run("cat /work/precious.txt");
        if (!content.equals(CONTENT)) {
            throw failed("after the restore the file held '" + content + "'");
        }
    }

    private String run(String script) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        ExecRequest request = new ExecRequest(
                List.of("/bin/sh", "-c", script),
                Map.of(),
                Optional.of("/"),
                Optional.empty(),
                Optional.of(COMMAND_TIMEOUT),
                Optional.empty());
        ExecResult result;
        try (Guest guest = sandboxes.connect(sandbox, CONNECT_DEADLINE)) {
            result = guest.exec(request, ExecIo.of(InputStream.nullInputStream(), out, err));
        }
        if (result.shellCode() != 0) {
            throw failed("a step in the sandbox ended with code " + result.shellCode() + ": "
                    + err.toString(StandardCharsets.UTF_8).strip());
        }
        return out.toString(StandardCharsets.UTF_8).strip();
    }

    private static SmolVmException failed(String what) {
        return new SmolVmException(
                ErrorKind.INTEGRITY, what, "run it again with --keep, and look at: smolvm sandbox logs SANDBOX");
    }
}

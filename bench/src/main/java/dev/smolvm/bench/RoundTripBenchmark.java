package dev.smolvm.bench;

import dev.smolvm.SmolVm;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.Guest;
import dev.smolvm.store.SandboxName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/**
 * How long {@code true} takes in a guest, through the library of a process that is warm: with a session opened for it, as each
 * {@code exec} does, and on a session that is open; and how long an empty round trip to the agent takes. Arguments: the store,
 * a running sandbox, the number of rounds. Prints microseconds, the median of each.
 */
public final class RoundTripBenchmark {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final ExecRequest TRUE = ExecRequest.of("true");

    private RoundTripBenchmark() {}

    public static void main(String[] arguments) {
        SmolVm vm = SmolVm.open(Path.of(arguments[0]), DEADLINE);
        SandboxName name = new SandboxName(arguments[1]);
        int rounds = Integer.parseInt(arguments[2]);
        print("connect+exec", rounds, () -> {
            try (Guest guest = vm.sandboxes().connect(name, DEADLINE)) {
                exec(guest);
            }
        });
        try (Guest guest = vm.sandboxes().connect(name, DEADLINE)) {
            print("exec", rounds, () -> exec(guest));
            print("ping", rounds, () -> guest.ping(DEADLINE));
        }
    }

    private static void exec(Guest guest) {
        if (!(guest.exec(TRUE, ExecIo.none()) instanceof ExecResult.Exited(int code)) || code != 0) {
            throw new IllegalStateException("true failed");
        }
    }

    /** As many rounds before, not counted. */
    private static void print(String what, int rounds, Runnable round) {
        long[] micros = new long[rounds];
        for (int i = -rounds; i < rounds; i++) {
            long start = System.nanoTime();
            round.run();
            if (i >= 0) {
                micros[i] = (System.nanoTime() - start) / 1_000;
            }
        }
        Arrays.sort(micros);
        System.out.println(what + " " + micros[rounds / 2]);
    }
}

package dev.smolvm.bench;

import dev.smolvm.SmolVm;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.store.SandboxName;
import java.time.Duration;

/** Runs scripts in guests, as their users would. */
record GuestShell(SmolVm vm) {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    void run(SandboxName name, String script) {
        try (Guest guest = vm.sandboxes().connect(name, DEADLINE)) {
            guest.exec(ExecRequest.of("sh", "-c", script), ExecIo.none());
        }
    }
}

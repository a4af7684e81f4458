package dev.smolvm.bench.lab;

import dev.smolvm.SmolVm;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.Guest;
import dev.smolvm.store.SandboxName;
import java.time.Duration;

/** Runs scripts in guests, as their users would: a session each. */
public record GuestShell(SmolVm vm) {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    public Guest connect(SandboxName name) {
        return vm.sandboxes().connect(name, DEADLINE);
    }

    /** @throws IllegalStateException the script failed */
    public void run(SandboxName name, String script) {
        try (Guest guest = connect(name)) {
            run(guest, script);
        }
    }

    /** In a session that is open. */
    public static void run(Guest guest, String script) {
        ExecResult result = guest.exec(ExecRequest.of("sh", "-c", script), ExecIo.none());
        if (result.shellCode() != 0) {
            throw new IllegalStateException("in the guest: '" + script + "' ended with " + result.shellCode());
        }
    }

    /** Fills so much of a guest's memory with what cannot be compressed; it stays until the guest is restored or ends. */
    public void fill(SandboxName name, int mib) {
        run(name, filling(mib));
    }

    /** The script for that, which works in any Linux guest. */
    public static String filling(int mib) {
        return "mount -o remount,size=90% /dev/shm; dd if=/dev/urandom of=/dev/shm/fill bs=1M count=" + mib
                + " 2>/dev/null";
    }
}

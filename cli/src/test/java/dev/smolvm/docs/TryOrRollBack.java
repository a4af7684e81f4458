package dev.smolvm.docs;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.Guest;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import java.time.Duration;

/** Runs a step in a sandbox, and goes back to where it was if the step fails. */
final class TryOrRollBack {
    private static final Duration TEN_SECONDS = Duration.ofSeconds(10);

    public static void main(String[] args) {
        var smolVm = SmolVm.open(SmolVm.defaultHome(System.getenv()), TEN_SECONDS);
        var request = SandboxRequest.of(new ImageName("tiny")).named("example");
        SandboxName name = smolVm.sandboxes().create(request, Progress.NONE).name();
        try {
            run(smolVm, name, "echo precious > /root/file");

            var before = smolVm.snapshots().create(SnapshotRequest.full(name), Progress.NONE);
            if (run(smolVm, name, "rm /root/file; exit 3").shellCode() != 0) {
                smolVm.snapshots().restore(new RestoreRequest(before.id(), true, false), Progress.NONE);
            }
            run(smolVm, name, "cat /root/file");
            smolVm.snapshots().delete(before.id());
        } finally {
            smolVm.sandboxes().delete(name, true);
        }
    }

    private static ExecResult run(SmolVm smolVm, SandboxName name, String script) {
        try (Guest guest = smolVm.sandboxes().connect(name, TEN_SECONDS)) {
            var streams = ExecIo.of(ExecIo.NO_INPUT, System.out, System.err);
            return guest.exec(ExecRequest.of("sh", "-c", script), streams);
        }
    }
}

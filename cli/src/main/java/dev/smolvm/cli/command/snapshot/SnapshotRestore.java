package dev.smolvm.cli.command.snapshot;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.session.Session;
import dev.smolvm.json.Json;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.snapshot.RestoreRequest;
import dev.smolvm.snapshot.RestoredSandbox;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;

/** {@code smolvm sandbox snapshot restore} */
public final class SnapshotRestore extends DataCommand {
    private final Value<String> snapshot =
            declare.parameter("SNAPSHOT", Converters::text, "The snapshot's id or the start of it.");
    private final Flag resume = declare.flag("--resume", "The sandbox runs afterwards; otherwise it is left paused.");
    private final Flag force = declare.flag(
            "--force",
            "Also a snapshot that was restored before, or in place of another sandbox that has its sandbox's name now.");

    private final Flag verify = declare.flag(
            "--verify", "First compare all that the snapshot needs with its checksums; nothing starts if any differs.");

    private final Value<SandboxName> name = declare.option(
            "--name",
            "NEW",
            SandboxName::new,
            "As a new sandbox of this name, beside the snapshot's own: with a host name, machine id, SSH host keys and"
                    + " random numbers of its own.");

    public SnapshotRestore() {
        super(
                "Put a sandbox back to a snapshot.",
                "Whether the sandbox runs, is stopped, crashed or was deleted does not matter. What it holds now is"
                        + " lost; if the restore fails, the sandbox is as it was.");
        declare.example("smolvm sandbox snapshot restore clean --resume", "Back to 'clean', and go on from there");
        declare.example("smolvm sandbox snapshot restore clean --resume --force", "Once more");
        declare.example("smolvm sandbox snapshot restore clean --resume --name copy", "Beside it, as a fork");
    }

    @Override
    protected Result result(Session session) throws Exception {
        SnapshotId id = session.library().snapshots().resolve(snapshot.get());
        RestoreRequest asked = new RestoreRequest(id, resume.given(), force.given(), name.optional());
        RestoreRequest request = verify.given() ? asked.verified() : asked;
        RestoredSandbox restored =
                session.withProgress(p -> session.library().snapshots().restore(request, p));
        SandboxInfo sandbox = restored.sandbox();
        return Result.of(
                Json.object()
                        .put("snapshot", SnapshotOutput.json(restored.snapshot()))
                        .put("vm", vm(sandbox))
                        .build(),
                sandbox.name() + " restored from " + id + ", "
                        + sandbox.status().label());
    }

    private static Json vm(SandboxInfo sandbox) {
        return Json.object()
                .put("name", sandbox.name().value())
                .put("status", sandbox.status().label())
                .put("ip_address", Json.of(sandbox.ipAddress().orElse(null)))
                .put(
                        "ssh_port",
                        sandbox.sshPort().isPresent()
                                ? Json.of(sandbox.sshPort().getAsInt())
                                : Json.NULL)
                .build();
    }
}

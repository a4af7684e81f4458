package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Values;
import dev.smolvm.cli.library.SandboxLibrary;
import dev.smolvm.cli.output.PartlyDone;
import dev.smolvm.cli.session.Session;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.store.SandboxName;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** {@code smolvm sandbox delete} */
public final class SandboxDelete extends DataCommand {
    private final Values<String> references =
            declare.parameters("SANDBOX", Converters::text, "The sandboxes' names, ids or starts of ids.");
    private final Flag force = declare.flag("--force", "Also sandboxes that run: end them at once.");

    public SandboxDelete() {
        super("Delete sandboxes; their snapshots stay.");
        declare.example("smolvm sandbox delete web", "Delete a stopped sandbox");
        declare.example("smolvm sandbox delete --force web build", "Delete two, running or not");
    }

    @Override
    protected Result result(Session session) {
        SandboxLibrary sandboxes = session.library().sandboxes();
        Set<SandboxName> names = new LinkedHashSet<>();
        for (String reference : references.get()) {
            names.add(sandboxes.resolve(reference));
        }
        List<String> deleted = new ArrayList<>();
        for (SandboxName name : names) {
            try {
                sandboxes.delete(name, force.given());
            } catch (SmolVmException e) {
                throw deleted.isEmpty() ? e : new PartlyDone(e, data(deleted));
            }
            deleted.add(name.value());
        }
        return Result.of(data(deleted), (out, style) -> deleted.forEach(name -> out.println(name + " deleted")));
    }

    private static Json data(List<String> deleted) {
        return Json.object().put("deleted", Json.ofStrings(deleted)).build();
    }
}

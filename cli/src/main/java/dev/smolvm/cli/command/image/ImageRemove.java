package dev.smolvm.cli.command.image;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Values;
import dev.smolvm.cli.library.ImageLibrary;
import dev.smolvm.cli.output.PartlyDone;
import dev.smolvm.cli.session.Session;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.store.ImageName;
import java.util.ArrayList;
import java.util.List;

/** {@code smolvm image rm} */
public final class ImageRemove extends DataCommand {
    private final Values<ImageName> names = declare.parameters("IMAGE", ImageName::new, "The images' names.");

    public ImageRemove() {
        super("Remove images; sandboxes and snapshots keep what they use of them.");
        declare.example("smolvm image rm debian", "Remove one");
    }

    @Override
    protected Result result(Session session) {
        ImageLibrary images = session.library().images();
        names.get().forEach(images::inspect);
        List<String> removed = new ArrayList<>();
        for (ImageName name : names.get()) {
            try {
                images.remove(name);
            } catch (SmolVmException e) {
                throw removed.isEmpty() ? e : new PartlyDone(e, data(removed));
            }
            removed.add(name.value());
        }
        return Result.of(data(removed), (out, style) -> removed.forEach(name -> out.println(name + " removed")));
    }

    private static Json data(List<String> removed) {
        return Json.object().put("removed", Json.ofStrings(removed)).build();
    }
}

package dev.smolvm.cli.command.image;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.output.Printable;
import dev.smolvm.cli.output.Table;
import dev.smolvm.cli.session.Session;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.json.Json;
import java.util.ArrayList;
import java.util.List;

/** {@code smolvm image list} */
public final class ImageList extends DataCommand {
    public ImageList() {
        super("List the images.");
        declare.example("smolvm image list", "What sandboxes can be created from");
    }

    @Override
    protected Result result(Session session) {
        List<Json> items = new ArrayList<>();
        Table table = new Table("NAME", "SYSTEM", "BOOT", "CONTROL", "SIZE", "DISK", "CREATED");
        for (ImageManifest image : session.library().images().list()) {
            items.add(ImageOutput.brief(image));
            table.row(
                    image.name().value(),
                    ImageOutput.lower(image.os()),
                    ImageOutput.boot(image),
                    ImageOutput.control(image),
                    Printable.size(ImageOutput.bytes(image)),
                    Printable.size(image.diskBytes()),
                    Printable.time(image.createdAt()));
        }
        return Result.of(Json.object().put("images", new Json.Arr(items)).build(), table::print);
    }
}

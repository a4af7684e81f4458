package dev.smolvm.cli.command.image;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.output.Fields;
import dev.smolvm.cli.output.Printable;
import dev.smolvm.cli.session.Session;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.json.Json;
import dev.smolvm.store.ImageName;

/** {@code smolvm image inspect} */
public final class ImageInspect extends DataCommand {
    private final Value<ImageName> name = declare.parameter("IMAGE", ImageName::new, "The image's name.");

    public ImageInspect() {
        super("Show all there is to tell about an image.");
        declare.example("smolvm image inspect tiny", "Where it came from, how it boots, its files and checksums");
    }

    @Override
    protected Result result(Session session) {
        ImageManifest image = session.library().images().inspect(name.get());
        Fields fields = new Fields()
                .put("name", image.name().value())
                .put("system", ImageOutput.lower(image.os()))
                .put("source", image.source())
                .put("boot", ImageOutput.boot(image))
                .put("control", ImageOutput.control(image))
                .put("size", Printable.size(ImageOutput.bytes(image)))
                .put("disk", Printable.size(image.diskBytes()))
                .put("created", Printable.time(image.createdAt()));
        image.blobs().forEach(blob -> fields.put("file", blob.fileName() + ", " + Printable.size(blob.size())));
        return Result.of(Json.object().put("image", image.toJson()).build(), fields::print);
    }
}

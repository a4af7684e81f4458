package dev.smolvm.cli.command.image;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.declare.Values;
import dev.smolvm.cli.session.Session;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.image.ImageRequest;
import dev.smolvm.image.Images.IfExists;
import dev.smolvm.store.ImageName;
import java.util.ArrayList;
import java.util.List;

/** {@code smolvm image build} */
public final class ImageBuild extends DataCommand {
    /** What can be built. */
    private enum Kind {
        TINY,
        DEBIAN
    }

    private final Value<Kind> kind = declare.choiceParameter("KIND", Kind.class, "What to build: tiny or debian.");
    private final Value<ImageName> name =
            declare.option("--name", "NAME", ImageName::new, "The image's name (default: what is built).");
    private final Values<String> include = declare.repeated(
            "--include", "PACKAGE", Converters::text, "A further Debian package; repeatable; debian only.");
    private final Flag noAgent =
            declare.flag("--no-agent", "Leave the guest agent out, so that SSH is the way in; debian only.");
    private final Flag replace =
            declare.flag("--replace", "Replace an image of that name; sandboxes and snapshots keep what they use.");

    public ImageBuild() {
        super(
                "Build an image on this machine.",
                "tiny: kernel, busybox and agent, in seconds. debian: a minimal Debian with apt, ca-certificates, bash,"
                        + " openssh-server and python3, in minutes.");
        declare.example("smolvm image build tiny", "The default image");
        declare.example("smolvm image build debian --include git --include gcc", "Debian with two more packages");
    }

    @Override
    protected Result result(Session session) throws Exception {
        ImageRequest request = request();
        List<String> notes = new ArrayList<>();
        ImageManifest image = session.withProgress(p -> session.library()
                .images()
                .build(request, replace.given() ? IfExists.REPLACE : IfExists.FAIL, p, notes::add));
        return ImageOutput.made(image, notes);
    }

    private ImageRequest request() {
        return switch (kind.get()) {
            case TINY -> {
                if (!include.get().isEmpty() || noAgent.given()) {
                    throw new SmolVmException(
                            ErrorKind.USAGE,
                            "--include and --no-agent are for debian images",
                            "smolvm image build debian has them");
                }
                yield new ImageRequest.Tiny(name.orGet(() -> new ImageName("tiny")));
            }
            case DEBIAN ->
                new ImageRequest.Debian(name.orGet(() -> new ImageName("debian")), include.get(), !noAgent.given());
        };
    }
}

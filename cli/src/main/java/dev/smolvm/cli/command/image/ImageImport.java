package dev.smolvm.cli.command.image;

import dev.smolvm.cli.command.DataCommand;
import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.declare.Converters;
import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.session.Session;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.image.ImageRequest;
import dev.smolvm.image.Images.IfExists;
import dev.smolvm.store.ImageName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code smolvm image import} */
public final class ImageImport extends DataCommand {
    private final Value<ImageName> name = declare.parameter("NAME", ImageName::new, "What to call the image.");
    private final Value<Path> disk =
            declare.requiredOption("--disk", "FILE", Converters::path, "A raw or qcow2 disk image; it is copied.");
    private final Value<ImageManifest.GuestOs> os =
            declare.choice("--os", ImageManifest.GuestOs.class, "What is on it (default linux).");
    private final Value<ImageManifest.Firmware> firmware =
            declare.choice("--firmware", ImageManifest.Firmware.class, "How it boots (default bios).");
    private final Value<String> sshUser = declare.option(
            "--ssh-user", "USER", Converters::text, "The user that smolvm logs in as over SSH (default root).");
    private final Flag replace =
            declare.flag("--replace", "Replace an image of that name; sandboxes and snapshots keep what they use.");

    public ImageImport() {
        super(
                "Import a disk image of your own.",
                "It is checked before any tool opens it, boots with its own boot loader, and is reached over SSH.");
        declare.example("smolvm image import mine --disk disk.qcow2 --firmware uefi --ssh-user me", "A UEFI disk");
    }

    @Override
    protected Result result(Session session) throws Exception {
        ImageRequest request = new ImageRequest.Imported(
                name.get(),
                disk.get(),
                os.or(ImageManifest.GuestOs.LINUX),
                firmware.or(ImageManifest.Firmware.BIOS),
                sshUser.or(ImageRequest.Imported.DEFAULT_SSH_USER));
        List<String> notes = new ArrayList<>();
        ImageManifest image = session.withProgress(p -> session.library()
                .images()
                .build(request, replace.given() ? IfExists.REPLACE : IfExists.FAIL, p, notes::add));
        return ImageOutput.made(image, notes);
    }
}

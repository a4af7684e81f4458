package dev.smolvm.image;

import dev.smolvm.Progress;
import dev.smolvm.disk.CheckedDisk;
import dev.smolvm.disk.DiskFormat;
import dev.smolvm.disk.DiskProbe;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.os.Command;
import dev.smolvm.store.BlobCollector;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.Staging;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLocks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** All images of a store. */
public final class Images {
    public static final long TINY_DISK_BYTES = 2L << 30;
    public static final long DEBIAN_DISK_BYTES = 8L << 30;

    private final Store store;
    private final BlobCollector collector;

    public Images(Store store) {
        this.store = store;
        this.collector = new BlobCollector(store);
    }

    /** Whether an image of the same name may be there already. */
    public enum IfExists {
        FAIL,
        /** The new one takes its place once it is complete; sandboxes and snapshots keep what they use. */
        REPLACE
    }

    /**
     * By name. A directory that is not an image is left out.
     *
     * @throws SmolVmException integrity: a manifest is damaged
     */
    public List<ImageManifest> list() {
        return names().stream().flatMap(name -> find(name).stream()).toList();
    }

    /** Those whose manifests can be read. */
    public List<ImageManifest> sound() {
        List<ImageManifest> sound = new ArrayList<>();
        for (ImageName name : names()) {
            try {
                find(name).ifPresent(sound::add);
            } catch (SmolVmException e) {
                // Whoever asks for this very image is told.
            }
        }
        return sound;
    }

    /** Of all that is there, readable or not; sorted. */
    public List<ImageName> names() {
        try (Stream<Path> directories = Files.list(store.layout().images())) {
            return directories.flatMap(d -> name(d).stream()).sorted().toList();
        } catch (IOException e) {
            throw SmolVmException.of("list the images", e);
        }
    }

    /** @throws SmolVmException integrity: its manifest is damaged */
    public Optional<ImageManifest> find(ImageName name) {
        try {
            return ImageFiles.read(store, name);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw SmolVmException.of("read image " + name, e);
        } catch (JsonFormatException e) {
            throw new SmolVmException(
                    ErrorKind.INTEGRITY,
                    "the manifest of image " + name + " is damaged: " + e.getMessage(),
                    "remove it and build it again: smolvm image rm " + name,
                    e);
        }
    }

    /** @throws SmolVmException not found */
    public ImageManifest inspect(ImageName name) {
        return find(name).orElseThrow(() -> notFound(name));
    }

    /**
     * Removes the image. Its files stay as long as a sandbox, snapshot or other image names them.
     *
     * @throws SmolVmException not found
     */
    public void remove(ImageName name) {
        try (StoreLocks.Held held = store.locks().image(name)) {
            Path directory = store.layout().image(name);
            if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
                throw notFound(name);
            }
            store.remove(directory, collector::collect);
        } catch (IOException e) {
            throw SmolVmException.of("remove image " + name, e);
        }
    }

    /**
     * Builds or imports an image.
     *
     * @param notes is told what the user should know, such as that a disk's internal snapshots are left behind
     * @throws SmolVmException conflict: the name is taken; usage: a disk that is refused; and whatever keeps a tool from
     *     doing its work
     */
    public ImageManifest build(ImageRequest request, IfExists ifExists, Progress progress, Consumer<String> notes) {
        ImageManifest built = published(request, ifExists, progress, notes);
        if (ifExists == IfExists.REPLACE) {
            collector.collect();
        }
        return built;
    }

    private ImageManifest published(
            ImageRequest request, IfExists ifExists, Progress progress, Consumer<String> notes) {
        ImageName name = request.name();
        try (StoreLocks.Held held = store.locks().image(name);
                Staging staging = store.stage()) {
            if (ifExists == IfExists.FAIL && Files.exists(store.layout().image(name), LinkOption.NOFOLLOW_LINKS)) {
                throw new SmolVmException(
                        ErrorKind.CONFLICT,
                        "image " + name + " exists already",
                        "give another --name, or remove it: smolvm image rm " + name);
            }
            ImageManifest built = new ImageFiles(store, staging, progress)
                    .publish(
                            name,
                            switch (request) {
                                case ImageRequest.Tiny _ -> tiny(staging, progress);
                                case ImageRequest.Debian debian -> debian(debian, staging, progress);
                                case ImageRequest.Imported imported -> imported(imported, staging, progress, notes);
                            });
            // Those of the image before.
            if (Files.exists(store.layout().templates(name), LinkOption.NOFOLLOW_LINKS)) {
                store.remove(store.layout().templates(name), () -> {});
            }
            return built;
        } catch (IOException e) {
            throw SmolVmException.of("build image " + name, e);
        }
    }

    private static ImageFiles.Draft tiny(Staging staging, Progress progress) throws IOException {
        Path tree = staging.file("tree");
        Files.createDirectory(tree);
        TinyRoot.build(tree);
        Path root = staging.file("root.qcow2");
        RootDisk.ofTree(tree, root, TINY_DISK_BYTES, progress);
        return new ImageFiles.Draft(
                ImageManifest.GuestOs.LINUX,
                new ImageFiles.DraftBoot.Kernel(KernelCommandLine.WITH_AGENT),
                root,
                TINY_DISK_BYTES,
                new ImageManifest.Control.Agent(),
                "tiny");
    }

    private static ImageFiles.Draft debian(ImageRequest.Debian request, Staging staging, Progress progress)
            throws IOException {
        Path tar = staging.file("root.tar");
        String release = DebianRoot.build(tar, request.include(), progress);
        Path root = staging.file("root.qcow2");
        RootDisk.ofArchive(tar, root, DEBIAN_DISK_BYTES, progress);
        return new ImageFiles.Draft(
                ImageManifest.GuestOs.LINUX,
                new ImageFiles.DraftBoot.Kernel(
                        request.agent() ? KernelCommandLine.WITH_AGENT : KernelCommandLine.WITHOUT_AGENT),
                root,
                DEBIAN_DISK_BYTES,
                request.agent() ? new ImageManifest.Control.Agent() : new ImageManifest.Control.SshOnly("root"),
                "debian " + release
                        + (request.include().isEmpty() ? "" : " with " + String.join(", ", request.include())));
    }

    private static ImageFiles.Draft imported(
            ImageRequest.Imported request, Staging staging, Progress progress, Consumer<String> notes)
            throws IOException {
        CheckedDisk disk = DiskProbe.check(request.disk());
        if (disk.format() == DiskFormat.QCOW2) {
            // The check must hold for the very bytes that QEMU opens, so they must be ours.
            progress.step("copy the disk");
            Path copy = staging.file("import.qcow2");
            Command.of("cp", "--reflink=auto", "--sparse=always", disk.file().toString(), copy.toString())
                    .check();
            disk = DiskProbe.check(copy);
        }
        disk.notes().forEach(notes);
        progress.step("convert the disk");
        Path root = staging.file("root.qcow2");
        RootDisk.toQcow2(disk.file(), disk.format().qemuName(), root, progress);
        return new ImageFiles.Draft(
                request.os(),
                new ImageFiles.DraftBoot.Disk(request.firmware()),
                root,
                disk.virtualBytes(),
                new ImageManifest.Control.SshOnly(request.sshUser()),
                "imported from " + request.disk().getFileName());
    }

    private static Optional<ImageName> name(Path directory) {
        try {
            return Optional.of(new ImageName(directory.getFileName().toString()));
        } catch (SmolVmException e) {
            return Optional.empty();
        }
    }

    private static SmolVmException notFound(ImageName name) {
        return new SmolVmException(
                ErrorKind.NOT_FOUND,
                "there is no image " + name,
                "smolvm image list shows what there is; "
                        + switch (name.value()) {
                            case "tiny", "debian" -> "smolvm image build " + name + " makes it";
                            default -> "smolvm image build tiny --name " + name + " makes one";
                        });
    }
}

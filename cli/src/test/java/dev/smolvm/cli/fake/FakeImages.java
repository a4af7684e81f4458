package dev.smolvm.cli.fake;

import dev.smolvm.Progress;
import dev.smolvm.cli.library.ImageLibrary;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.image.ImageRequest;
import dev.smolvm.image.Images.IfExists;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobId;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.Checksum;
import dev.smolvm.store.ImageName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Images that are entries of a map. */
public final class FakeImages implements ImageLibrary {
    public final Map<ImageName, ImageManifest> images = new TreeMap<>();
    public final List<ImageRequest> built = new ArrayList<>();

    @Override
    public List<ImageManifest> list() {
        return List.copyOf(images.values());
    }

    @Override
    public Optional<ImageManifest> find(ImageName name) {
        return Optional.ofNullable(images.get(name));
    }

    @Override
    public ImageManifest inspect(ImageName name) {
        return find(name)
                .orElseThrow(() -> new SmolVmException(ErrorKind.NOT_FOUND, "no image " + name, "smolvm image list"));
    }

    @Override
    public void remove(ImageName name) {
        images.remove(name);
    }

    @Override
    public ImageManifest build(ImageRequest request, IfExists ifExists, Progress progress, Consumer<String> notes) {
        built.add(request);
        ImageManifest image = new ImageManifest(
                request.name(),
                ImageManifest.GuestOs.LINUX,
                new ImageManifest.Boot.FromDisk(ImageManifest.Firmware.BIOS),
                blob(),
                2L << 30,
                new ImageManifest.Control.Agent(),
                "made by a test",
                Instant.parse("2026-01-02T03:04:05Z"));
        images.put(request.name(), image);
        notes.accept("a note");
        return image;
    }

    private static Blob blob() {
        try {
            Path file = Files.createTempFile("image", ".qcow2");
            try {
                return new Blob(BlobKind.LAYER, BlobId.random(), 5 << 20, Checksum.of(file));
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

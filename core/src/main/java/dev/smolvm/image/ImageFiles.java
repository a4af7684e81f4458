package dev.smolvm.image;

import dev.smolvm.Progress;
import dev.smolvm.json.JsonParser;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.Staging;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLocks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** Reads an image's manifest, and gives a finished image its place in the store. */
final class ImageFiles {
    private static final long MAX_MANIFEST_BYTES = 1 << 20;

    private final Store store;
    private final Staging staging;
    private final Progress progress;

    ImageFiles(Store store, Staging staging, Progress progress) {
        this.store = store;
        this.staging = staging;
        this.progress = progress;
    }

    /** An image whose root disk is ready in the staging directory. */
    record Draft(
            ImageManifest.GuestOs os,
            DraftBoot boot,
            Path root,
            long diskBytes,
            ImageManifest.Control control,
            String source) {}

    sealed interface DraftBoot {
        /** With our kernel and initramfs. */
        record Kernel(String commandLine) implements DraftBoot {}

        record Disk(ImageManifest.Firmware firmware) implements DraftBoot {}
    }

    static Optional<ImageManifest> read(Store store, ImageName name) throws IOException {
        Path file = store.layout().imageManifest(name);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        if (Files.size(file) > MAX_MANIFEST_BYTES) {
            throw new dev.smolvm.json.JsonFormatException("it is larger than " + MAX_MANIFEST_BYTES + " bytes");
        }
        return Optional.of(ImageManifest.fromJson(JsonParser.parse(Files.readString(file))));
    }

    ImageManifest publish(ImageName name, Draft draft) throws IOException {
        KernelFiles kernel =
                draft.boot() instanceof DraftBoot.Kernel ? KernelFiles.prepare(store, staging, progress) : null;
        progress.step("publish the image");
        try (StoreLocks.Held held = store.locks().storeShared()) {
            ImageManifest.Boot boot =
                    switch (draft.boot()) {
                        case DraftBoot.Kernel(var commandLine) -> kernel.add(commandLine);
                        case DraftBoot.Disk(var firmware) -> new ImageManifest.Boot.FromDisk(firmware);
                    };
            Blob root = store.addBlob(draft.root(), BlobKind.LAYER);
            ImageManifest manifest = new ImageManifest(
                    name,
                    draft.os(),
                    boot,
                    root,
                    draft.diskBytes(),
                    draft.control(),
                    draft.source() + (kernel == null ? "" : kernel.mark()),
                    Instant.now().truncatedTo(ChronoUnit.MILLIS));
            give(name, manifest.toJson().pretty());
            return manifest;
        }
    }

    /** In one step, also where an image of that name is replaced. */
    private void give(ImageName name, String manifest) throws IOException {
        Path target = store.layout().image(name);
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            store.replaceFile(store.layout().imageManifest(name), manifest);
            return;
        }
        Path directory = staging.file("image");
        DurableFiles.createDirectory(directory);
        DurableFiles.write(directory.resolve("manifest.json"), manifest);
        staging.publish(directory, target);
    }
}

package dev.smolvm.cli.library;

import dev.smolvm.Progress;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.image.ImageRequest;
import dev.smolvm.image.Images.IfExists;
import dev.smolvm.store.ImageName;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** As {@link dev.smolvm.image.Images}. */
public interface ImageLibrary {
    List<ImageManifest> list();

    Optional<ImageManifest> find(ImageName name);

    ImageManifest inspect(ImageName name);

    void remove(ImageName name);

    ImageManifest build(ImageRequest request, IfExists ifExists, Progress progress, Consumer<String> notes);
}

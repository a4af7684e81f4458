package dev.smolvm.upkeep;

import dev.smolvm.store.ImageName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLayout;
import java.nio.file.Path;

/** Names a template: its id says nothing of the image that it belongs to. */
record TemplateName(ImageName image, SnapshotId id) implements Comparable<TemplateName> {
    StoreObject object() {
        return new StoreObject(StoreObject.Kind.TEMPLATE, image + "/" + id);
    }

    static TemplateName of(StoreObject object) {
        int slash = object.name().indexOf('/');
        return new TemplateName(
                new ImageName(object.name().substring(0, slash)),
                new SnapshotId(object.name().substring(slash + 1)));
    }

    Path directory(StoreLayout layout) {
        return layout.templates(image).resolve(id.value());
    }

    @Override
    public int compareTo(TemplateName other) {
        return object().compareTo(other.object());
    }
}

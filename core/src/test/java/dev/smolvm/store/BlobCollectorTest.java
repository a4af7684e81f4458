package dev.smolvm.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.json.Json;
import dev.smolvm.os.Command;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobCollectorTest {
    @TempDir
    Path directory;

    private Store store;
    private BlobCollector collector;

    @BeforeEach
    void open() {
        store = Store.open(directory.resolve("store"), Duration.ofMillis(50));
        collector = new BlobCollector(store);
    }

    @Test
    void what_any_manifest_names_stays_and_the_rest_goes() throws IOException {
        Blob ofImage = blob();
        Blob sealed = blob();
        Blob open = blob();
        Blob kernel = blob();
        Blob ofSnapshot = blob();
        Blob unused = blob();
        manifest(store.layout().images().resolve("i"), "manifest.json", ofImage.toJson());
        manifest(
                store.layout().sandboxes().resolve("s"),
                "sandbox.json",
                Json.object()
                        .put(
                                "deep",
                                Json.object().put("kernel", kernel.toJson()).build())
                        .put("sealed", new Json.Arr(List.of(sealed.toJson())))
                        .put("open", new Json.Arr(List.of(openLayer(open))))
                        .build());
        manifest(
                store.layout().snapshots().resolve("p"),
                "manifest.json",
                new Json.Arr(List.of(new Json.Arr(List.of(ofSnapshot.toJson())))));
        collector.collect();
        for (Blob named : List.of(ofImage, sealed, open, kernel, ofSnapshot)) {
            assertThat(store.layout().blob(named)).exists();
        }
        assertThat(store.layout().blob(unused)).doesNotExist();
    }

    @Test
    void a_collection_that_others_keep_from_being_done_is_done_by_a_command_after_them() throws IOException {
        Blob unused = blob();
        try (StoreLocks.Held other = store.locks().storeShared()) {
            collector.collect();
            collector.collect();
            assertThat(store.layout().blob(unused)).exists();
            Store next = Store.open(store.layout().root(), Duration.ZERO);
            assertThat(next.cleared()).isTrue();
            new BlobCollector(next).collect();
            assertThat(store.layout().blob(unused)).exists();
        }
        Store last = Store.open(store.layout().root(), Duration.ZERO);
        assertThat(last.cleared()).isTrue();
        new BlobCollector(last).collect();
        assertThat(store.layout().blob(unused)).doesNotExist();
        assertThat(store.layout().tmp()).isEmptyDirectory();
        assertThat(Store.open(store.layout().root(), Duration.ZERO).cleared()).isFalse();
    }

    @Test
    void a_mark_that_is_left_while_another_collects_stays() throws Exception {
        Path object = Files.createDirectory(store.layout().snapshots().resolve("p"));
        Path manifest = object.resolve("manifest.json");
        Command.of("mkfifo", manifest.toString()).check();
        Store other = Store.open(store.layout().root(), Duration.ZERO);
        Thread collecting = Thread.ofPlatform().start(() -> new BlobCollector(other).collect());
        // Waits until it is read.
        try (OutputStream out = Files.newOutputStream(manifest)) {
            collector.collect();
            out.write('0');
        }
        collecting.join();
        Blob unused = blob();
        Store next = Store.open(store.layout().root(), Duration.ZERO);
        assertThat(next.cleared()).isTrue();
        DurableFiles.deleteTree(object);
        new BlobCollector(next).collect();
        assertThat(store.layout().blob(unused)).doesNotExist();
        assertThat(store.layout().tmp()).isEmptyDirectory();
    }

    @Test
    void a_collection_that_gave_up_stays_due() throws IOException {
        Blob unused = blob();
        Path object = Files.createDirectory(store.layout().snapshots().resolve("p"));
        Files.writeString(object.resolve("manifest.json"), "{");
        for (int i = 0; i < 2; i++) {
            collector.collect();
            assertThat(Store.open(store.layout().root(), Duration.ZERO).cleared())
                    .isTrue();
        }
        DurableFiles.deleteTree(object);
        collector.collect();
        assertThat(store.layout().blob(unused)).doesNotExist();
        assertThat(store.layout().tmp()).isEmptyDirectory();
    }

    @Test
    void a_collector_that_died_with_the_mark_is_found_by_the_next_command() throws IOException {
        DurableFiles.createFile(store.layout().collecting());
        assertThat(Store.open(store.layout().root(), Duration.ZERO).cleared()).isTrue();
        assertThat(store.layout().tmp()).isEmptyDirectory();
    }

    @Test
    void a_damaged_manifest_stops_the_collection() throws IOException {
        Blob unused = blob();
        Path object = Files.createDirectory(store.layout().snapshots().resolve("p"));
        for (String damaged : List.of("{", "", "\u0000", "[1]x")) {
            Files.writeString(object.resolve("manifest.json"), damaged);
            collector.collect();
            assertThat(store.layout().blob(unused)).exists();
        }
        Files.write(object.resolve("manifest.json"), new byte[] {0, 0, 0, '"', 127, 127, 127, 127});
        collector.collect();
        assertThat(store.layout().blob(unused)).exists();
    }

    @Test
    void a_manifest_that_cannot_be_read_stops_the_collection() throws IOException {
        Blob unused = blob();
        Path object = Files.createDirectory(store.layout().snapshots().resolve("p"));
        Files.createDirectory(object.resolve("manifest.json"));
        collector.collect();
        assertThat(store.layout().blob(unused)).exists();
    }

    @Test
    void a_link_instead_of_a_manifest_stops_the_collection() throws IOException {
        Blob unused = blob();
        Path object = Files.createDirectory(store.layout().snapshots().resolve("p"));
        Files.createSymbolicLink(object.resolve("manifest.json"), directory.resolve("nowhere"));
        collector.collect();
        assertThat(store.layout().blob(unused)).exists();
    }

    @Test
    void files_that_are_no_objects_do_not_matter() throws IOException {
        Blob unused = blob();
        Files.writeString(store.layout().snapshots().resolve("README"), "hello");
        Files.createDirectory(store.layout().snapshots().resolve("empty"));
        collector.collect();
        assertThat(store.layout().blob(unused)).doesNotExist();
    }

    @Test
    void nothing_is_collected_while_somebody_adds_layers() throws IOException {
        Blob unused = blob();
        try (StoreLocks.Held held = store.locks().storeShared()) {
            collector.collect();
            assertThat(store.layout().blob(unused)).exists();
        }
        collector.collect();
        assertThat(store.layout().blob(unused)).doesNotExist();
    }

    private Blob blob() throws IOException {
        try (Staging staging = store.stage();
                StoreLocks.Held held = store.locks().storeShared()) {
            Path file = staging.file("disk");
            Files.writeString(file, "content");
            return store.addBlob(file, BlobKind.LAYER);
        }
    }

    private static Json openLayer(Blob blob) {
        return Json.object().put("kind", "layer").put("id", blob.id().value()).build();
    }

    private static void manifest(Path object, String name, Json content) throws IOException {
        Files.createDirectory(object);
        Files.writeString(object.resolve(name), content.pretty());
    }
}

package dev.smolvm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.store.SnapshotId;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ParentTest {
    private static final SnapshotId ID = new SnapshotId("s0");

    @Test
    void a_diff_without_a_parent_says_that_it_is_relative_to_the_image() {
        assertThat(parent(null).notes(SnapshotType.DIFF))
                .singleElement()
                .asString()
                .contains("relative to the image");
    }

    @Test
    void a_diff_on_a_disk_snapshot_says_that_all_memory_is_stored() {
        Parent disk = parent(SnapshotType.DISK);
        assertThat(disk.withMemory()).isEmpty();
        assertThat(disk.id()).contains(ID);
        assertThat(disk.notes(SnapshotType.DIFF)).singleElement().asString().contains("s0 has no memory");
    }

    @Test
    void where_nothing_is_unusual_nothing_is_said() {
        assertThat(parent(SnapshotType.FULL).notes(SnapshotType.DIFF)).isEmpty();
        assertThat(parent(SnapshotType.DIFF).notes(SnapshotType.DIFF)).isEmpty();
        assertThat(parent(null).notes(SnapshotType.FULL)).isEmpty();
        assertThat(parent(null).notes(SnapshotType.DISK)).isEmpty();
    }

    @Test
    void a_parent_that_cannot_be_read_is_named_by_every_type() {
        Parent damaged = new Parent(Optional.empty(), Optional.of(ID), Optional.empty());
        assertThat(damaged.id()).isEmpty();
        assertThat(damaged.withMemory()).isEmpty();
        for (SnapshotType type : SnapshotType.values()) {
            assertThat(damaged.notes(type)).singleElement().asString().contains("s0 cannot be read");
        }
        assertThat(damaged.notes(SnapshotType.DIFF).getFirst()).contains("all memory");
    }

    private static Parent parent(SnapshotType type) {
        return new Parent(
                Optional.ofNullable(type).map(t -> SampleManifests.of(ID, t)), Optional.empty(), Optional.empty());
    }
}

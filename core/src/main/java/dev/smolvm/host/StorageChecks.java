package dev.smolvm.host;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.Command;
import dev.smolvm.os.DirectIo;
import dev.smolvm.os.SparseFile;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.Staging;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What the store's file system can do, found by doing it in a directory of its own that is removed again. */
final class StorageChecks {
    private static final long LITTLE_SPACE = 5L << 30;
    private static final long TOO_LITTLE_SPACE = 512L << 20;
    private static final int BLOCK = 1 << 16;

    private final StoreLayout layout;
    private final Path place;

    /** @param layout of a store that need not exist yet */
    StorageChecks(StoreLayout layout) {
        this.layout = layout;
        Path existing = layout.root();
        while (!Files.isDirectory(existing)) {
            existing = existing.getParent();
        }
        this.place = existing;
    }

    List<Check> examine() {
        List<Check> checks = new ArrayList<>();
        try {
            checks.add(space());
            checks.addAll(Files.exists(layout.format()) ? inStore() : beside());
        } catch (IOException e) {
            checks.add(Check.fail(
                    "writable",
                    "Writing to the store",
                    e.toString(),
                    "run as the user who owns it, or set SMOLVM_HOME to a directory of yours"));
        } catch (SmolVmException e) {
            checks.add(Check.fail("writable", "Writing to the store", e.getMessage(), e.advice()));
        }
        return checks;
    }

    private List<Check> inStore() throws IOException {
        try (Staging staging = Store.open(layout.root(), Duration.ZERO).stage()) {
            return trials(staging.directory());
        }
    }

    /** Not in the directory that is to become the store: a store is made only in an empty one. */
    private List<Check> beside() throws IOException {
        Path parent = place.equals(layout.root()) ? place.getParent() : place;
        Path directory = Files.createTempDirectory(parent, ".smolvm-doctor");
        try {
            return trials(directory);
        } finally {
            DurableFiles.deleteTree(directory);
        }
    }

    private static List<Check> trials(Path directory) throws IOException {
        return List.of(fileSystem(directory), directIo(directory), reflink(directory), holes(directory));
    }

    private Check space() throws IOException {
        long free = Files.getFileStore(place).getUsableSpace();
        String detail = "%.1f GiB in %s".formatted(free / (double) (1L << 30), place);
        String fix = "free some space, or set SMOLVM_HOME to a larger file system";
        if (free < TOO_LITTLE_SPACE) {
            return Check.fail("space", "Free space", detail, fix);
        }
        return free < LITTLE_SPACE
                ? Check.warn("space", "Free space", detail, fix)
                : Check.ok("space", "Free space", detail);
    }

    private static Check directIo(Path directory) throws IOException {
        return DirectIo.worksIn(directory)
                ? Check.ok("direct_io", "Direct I/O", "works")
                : Check.warn(
                        "direct_io",
                        "Direct I/O",
                        "refused here: snapshots of large guests pause them longer",
                        "put the store on ext4, XFS or Btrfs");
    }

    /** A restored guest's memory is a mapping of its snapshot, whose holes take room in a tmpfs as they are read. */
    private static Check fileSystem(Path directory) throws IOException {
        String type = Files.getFileStore(directory).type();
        return type.equals("tmpfs")
                ? Check.warn(
                        "file_system",
                        "File system",
                        "tmpfs: the store goes with a reboot, and a restored guest dies when it is full",
                        "put the store on ext4, XFS or Btrfs")
                : Check.ok("file_system", "File system", type);
    }

    private static Check reflink(Path directory) throws IOException {
        Path source = Files.write(directory.resolve("source"), new byte[BLOCK]);
        Command.Result result = Command.of(
                        "cp",
                        "--reflink=always",
                        source.toString(),
                        directory.resolve("clone").toString())
                .run();
        // Only an advantage: nothing is slower than on the file system that nearly everyone has.
        return Check.ok(
                "reflink",
                "Reflinks",
                result.exitCode() == 0
                        ? "work"
                        : "not here: disks on Firecracker, and restored diff snapshots, are copied");
    }

    private static Check holes(Path directory) {
        String title = "Sparse files";
        try {
            Path file = Files.write(directory.resolve("sparse"), filled());
            try (SparseFile sparse = SparseFile.openForWriting(file)) {
                sparse.punch(0, 8 * BLOCK);
            }
            if (SparseFile.extents(file).stream()
                            .mapToLong(SparseFile.Extent::length)
                            .sum()
                    <= 8 * BLOCK) {
                return Check.ok("sparse", title, "work");
            }
            return Check.warn("sparse", title, "holes are not kept: snapshots take more space", "");
        } catch (IOException e) {
            return Check.fail(
                    "sparse",
                    title,
                    "holes can't be made (" + e.getMessage() + "), which memory snapshots need",
                    "put the store on ext4, XFS, Btrfs or tmpfs");
        }
    }

    private static byte[] filled() {
        byte[] bytes = new byte[16 * BLOCK];
        java.util.Arrays.fill(bytes, (byte) 1);
        return bytes;
    }
}

package dev.smolvm.archive;

import dev.smolvm.json.JsonFormatException;
import dev.smolvm.sandbox.SandboxDefinition;
import dev.smolvm.snapshot.MemoryRecord;
import dev.smolvm.snapshot.SavedDisk;
import dev.smolvm.snapshot.SavedFile;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import dev.smolvm.vmm.MachineSpec;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a manifest from elsewhere may say. Parsing has checked types and names; this checks, for every field that ends up in a
 * path, in a VMM's arguments or on somebody's terminal, that it can do no harm there.
 */
final class ImportRules {
    private static final int PAGE = 4096;
    private static final int MAX_DISKS = 64;
    /** As many as JSON may be nested, which is how QEMU is told of a chain. */
    private static final int MAX_LAYERS = 900;

    private static final int MAX_NOTES = 20;
    /** A few hundred KiB are usual. */
    private static final long MAX_DEVICE_STATE = 1L << 28;

    private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("9999-01-01T00:00:00Z");

    private static final Pattern SANDBOX_ID = Pattern.compile("[0-9a-f]{12}");
    private static final Pattern LINE = Pattern.compile("[\\x20-\\x7e]{0,300}");
    private static final Pattern USER = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,31}");
    private static final Pattern MAC = Pattern.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}");
    /** As long as Linux takes one on x86. */
    private static final Pattern COMMAND_LINE = Pattern.compile("[\\x20-\\x7e]{0,2047}");

    private ImportRules() {}

    /** @throws JsonFormatException it says something that no snapshot of ours says */
    static void check(SnapshotManifest manifest) {
        require(manifest.type() != SnapshotType.DIFF, "a diff snapshot, whose memory is not complete");
        time(manifest.createdAt());
        require(manifest.notes().size() <= MAX_NOTES, "too many notes");
        manifest.notes().forEach(note -> line("a note", note));
        check(manifest.sandbox());
        checkDisks(manifest);
        manifest.deviceState().ifPresent(state -> {
            file(state, ArchiveDescription.DEVICE_STATE);
            require(state.size() <= MAX_DEVICE_STATE, "a device state of " + state.size() + " bytes");
        });
        manifest.memory()
                .ifPresent(memory -> checkMemory(memory, manifest.sandbox().machine()));
    }

    private static void check(SandboxDefinition sandbox) {
        require(SANDBOX_ID.matcher(sandbox.id()).matches(), "a sandbox id that is none");
        time(sandbox.createdAt());
        require(sandbox.sshUser().map(u -> USER.matcher(u).matches()).orElse(true), "a name of a user that is none");
        require(sandbox.sshKey().isEmpty(), "the path of an SSH key");
        MachineSpec machine = sandbox.machine();
        line("the VMM", machine.vmm());
        line("the host's CPU", machine.hostCpu());
        require(machine.mac().map(m -> MAC.matcher(m).matches()).orElse(true), "a MAC address that is none");
        if (machine.boot() instanceof MachineSpec.Boot.DirectKernel(var kernel, var initrd, var commandLine)) {
            require(
                    kernel.kind() == BlobKind.KERNEL && initrd.kind() == BlobKind.INITRD,
                    "a kernel or initramfs that is something else");
            require(COMMAND_LINE.matcher(commandLine).matches(), "a kernel command line with odd characters");
        }
    }

    private static void checkDisks(SnapshotManifest manifest) {
        List<String> ids = manifest.disks().stream().map(SavedDisk::id).toList();
        require(
                ids.equals(manifest.sandbox().machine().disks())
                        && ids.size() <= MAX_DISKS
                        && new HashSet<>(ids).size() == ids.size(),
                "disks that do not fit the machine");
        Set<Object> seen = new HashSet<>();
        for (SavedDisk disk : manifest.disks()) {
            require(disk.outside().isEmpty() && !disk.layers().isEmpty(), "a disk that lies outside of it");
            disk.origin().mountedAt().ifPresent(at -> line("where a disk is mounted", at));
            require(disk.layers().size() <= MAX_LAYERS, "a disk of too many layers");
            for (Blob layer : disk.layers()) {
                require(seen.add(layer.id()), "the same layer twice");
            }
        }
        for (Blob blob : manifest.sandbox().machine().bootBlobs()) {
            require(seen.add(blob.id()), "the same file twice");
        }
    }

    private static void checkMemory(MemoryRecord memory, MachineSpec machine) {
        require(memory.bytes() == (long) machine.memoryMib() << 20, "memory of another size than the machine's");
        file(memory.file(), ArchiveDescription.MEMORY);
        require(
                memory instanceof MemoryRecord.Complete complete
                        && complete.offset() >= 0
                        && complete.offset() % PAGE == 0
                        && complete.offset() <= memory.file().size() - memory.bytes(),
                "memory that is not complete");
    }

    private static void file(SavedFile file, String name) {
        require(file.name().equals(name), "a file called " + ArchiveFailures.printable(file.name()));
    }

    private static void time(Instant time) {
        require(time.isAfter(EARLIEST) && time.isBefore(LATEST), "a time that cannot be");
    }

    private static void line(String what, String text) {
        require(LINE.matcher(text).matches(), "odd characters in " + what);
    }

    private static void require(boolean good, String otherwise) {
        if (!good) {
            throw new JsonFormatException("its manifest has " + otherwise);
        }
    }
}

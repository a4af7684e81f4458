package dev.smolvm.upkeep;

import dev.smolvm.disk.Qcow2Header;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.sandbox.DiskRecord;
import dev.smolvm.sandbox.Recovery;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxRecord;
import dev.smolvm.store.BlobId;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.store.StoreLocks;
import dev.smolvm.store.VmmProcesses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** One sandbox's directory, while nobody else changes it. */
final class SandboxCheck {
    private static final String LEFT = "nothing uses it; it only takes room";

    private final SandboxContext context;
    private final StoreLayout layout;
    private final Findings findings;
    private final Access access;

    SandboxCheck(SandboxContext context, Findings findings, Access access) {
        this.context = context;
        this.layout = context.store().layout();
        this.findings = findings;
        this.access = access;
    }

    void all() throws IOException {
        access.directory(layout.sandboxes());
        for (Path entry : Entries.of(layout.sandboxes())) {
            if (ObjectsCheck.isObject(entry, SandboxName::new, findings)) {
                SandboxName name = new SandboxName(entry.getFileName().toString());
                Optional<StoreLocks.Held> lock = context.store().locks().trySandbox(name);
                if (lock.isEmpty()) {
                    findings.busy(entry, "another command works on sandbox " + name);
                } else {
                    try (StoreLocks.Held held = lock.get()) {
                        check(entry, name);
                    }
                }
            }
        }
    }

    private void check(Path directory, SandboxName name) throws IOException {
        if (!Entries.isDirectory(directory)) {
            // Deleted just now.
            return;
        }
        if (!Files.exists(layout.sandboxFile(name), LinkOption.NOFOLLOW_LINKS)) {
            findings.repairable(
                    Finding.Kind.LEFTOVER, directory, "a sandbox that was never finished", LEFT, () -> context.records()
                            .discardUnfinished(name));
            return;
        }
        access.directory(directory);
        access.file(layout.sandboxFile(name));
        SandboxRecord record;
        try {
            record = context.records().load(name);
        } catch (SmolVmException e) {
            findings.add(
                    Finding.Kind.DAMAGED,
                    layout.sandboxFile(name),
                    e.getMessage(),
                    "sandbox " + name + " cannot be used, and no unused layer is removed",
                    "smolvm sandbox snapshot list --vm-id " + name + " shows what it can be restored from; else"
                            + " smolvm sandbox delete --force " + name);
            return;
        }
        unfinished(name);
        // A repair may have changed it.
        record = context.records().load(name);
        besides(directory, record);
        if (!Files.exists(layout.unfinished(name))) {
            machine(record);
        }
    }

    private void unfinished(SandboxName name) {
        Path journal = layout.unfinished(name);
        if (Files.exists(journal, LinkOption.NOFOLLOW_LINKS)) {
            findings.repairable(
                    Finding.Kind.LEFTOVER,
                    journal,
                    "a command that worked on the sandbox died, and could not be undone yet",
                    "the next command that uses sandbox " + name + " tries again",
                    () -> new Recovery(context).recover(name));
        }
    }

    /** What lies beside the record. */
    private void besides(Path directory, SandboxRecord record) throws IOException {
        Set<Path> known = Set.of(
                layout.sandboxFile(record.name()),
                layout.unfinished(record.name()),
                layout.console(record.name()),
                layout.vm(record.name()));
        for (Path entry : Entries.of(directory)) {
            String file = entry.getFileName().toString();
            if (Files.isSymbolicLink(entry)) {
                findings.planted(entry, "a symbolic link");
            } else if (file.matches("run-\\d+(\\.forward-\\d+)?\\.pid")) {
                if (VmmProcesses.remembered(entry).filter(p -> p.alive()).isEmpty()) {
                    findings.repairable(
                            Finding.Kind.LEFTOVER,
                            entry,
                            "names a process that has ended",
                            LEFT,
                            () -> Files.deleteIfExists(entry));
                }
            } else if (!known.contains(entry)) {
                findings.unknown(entry);
            }
        }
        for (DiskRecord disk : record.disks()) {
            if (disk instanceof DiskRecord.UserDrive drive && !Files.exists(drive.file())) {
                findings.add(
                        Finding.Kind.MISSING,
                        drive.file(),
                        "the drive " + drive.id() + " of sandbox " + record.name() + " is missing",
                        "the sandbox cannot start",
                        "put the file back, or: smolvm sandbox delete --force " + record.name());
            }
        }
    }

    /** The part that the VMM writes: modes there are the VMM's concern, and links are not followed. */
    private void machine(SandboxRecord record) throws IOException {
        Path vm = layout.vm(record.name());
        if (!Entries.isDirectory(vm)) {
            lost(record, vm, "is missing or not a directory");
            return;
        }
        access.directory(vm);
        Set<String> wanted = new HashSet<>(Set.of("run-" + record.generation()));
        for (DiskRecord.Chain chain : record.chains()) {
            for (BlobId id : chain.open()) {
                Path layer = layout.layer(record.name(), id);
                wanted.add(layer.getFileName().toString());
                open(record, layer);
            }
        }
        for (DiskRecord.Whole whole : record.wholeDisks()) {
            Path disk = layout.disk(record.name(), whole.file());
            wanted.add(disk.getFileName().toString());
            if (!Entries.isFile(disk)) {
                lost(record, disk, "is missing or not a plain file");
            }
        }
        for (Path entry : Entries.of(vm)) {
            String file = entry.getFileName().toString();
            if (wanted.contains(file)) {
                continue;
            }
            if (Files.isSymbolicLink(entry)) {
                findings.planted(entry, "a symbolic link");
            } else if (file.matches("run-\\d+|capture|[0-9a-f]{32}\\.(qcow2|raw)")) {
                findings.repairable(
                        Finding.Kind.LEFTOVER, entry, "not in the sandbox's record", LEFT, () -> remove(entry));
            } else {
                findings.unknown(entry);
            }
        }
    }

    private static void remove(Path entry) throws IOException {
        if (Entries.isDirectory(entry)) {
            VmmProcesses.end(entry);
        }
        DurableFiles.deleteTree(entry);
    }

    /** A layer that the guest still writes, or that was to be sealed when a command died. */
    private void open(SandboxRecord record, Path layer) {
        if (!Entries.isFile(layer)) {
            lost(record, layer, "is missing or not a plain file");
            return;
        }
        try {
            if (Qcow2Header.read(layer).corrupt()) {
                lost(record, layer, "was marked as corrupt by QEMU");
            }
        } catch (SmolVmException e) {
            lost(record, layer, "cannot be used: " + e.getMessage());
        }
    }

    private void lost(SandboxRecord record, Path file, String what) {
        findings.add(
                Files.exists(file, LinkOption.NOFOLLOW_LINKS) ? Finding.Kind.DAMAGED : Finding.Kind.MISSING,
                file,
                what,
                "damaged by it: sandbox " + record.name(),
                "smolvm sandbox snapshot list --vm-id " + record.name() + " shows what it can be restored from");
    }
}

package dev.smolvm.sandbox;

import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.store.StoreLayout;
import dev.smolvm.vmm.Vmms;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Turns a sandbox's record into what users are told. */
public final class SandboxDescription {
    private final StoreLayout layout;
    private final Liveness liveness;

    public SandboxDescription(StoreLayout layout, Liveness liveness) {
        this.layout = layout;
        this.liveness = liveness;
    }

    public SandboxInfo of(SandboxRecord record) {
        return of(record, liveness.status(record));
    }

    /** The same for somebody who knows what its VMM does. */
    public SandboxInfo of(SandboxRecord record, SandboxStatus status) {
        SandboxDefinition definition = record.definition();
        Optional<ProcessIdentity> process = record.process().filter(p -> status.live());
        List<DriveRequest> drives = new ArrayList<>();
        List<MountRequest> mounts = new ArrayList<>();
        for (DiskRecord disk : record.disks()) {
            switch (disk) {
                case DiskRecord.UserDrive drive -> drives.add(new DriveRequest(drive.file(), drive.readOnly()));
                case DiskRecord.Chain chain ->
                    chain.mountedAt()
                            .ifPresent(at -> mounts.add(
                                    new MountRequest(chain.hostDirectory().orElseThrow(), at)));
                case DiskRecord.Whole whole ->
                    whole.mountedAt()
                            .ifPresent(at -> mounts.add(
                                    new MountRequest(whole.hostDirectory().orElseThrow(), at)));
            }
        }
        return new SandboxInfo(
                record.name(),
                definition.id(),
                status,
                definition.image(),
                Vmms.backendOf(definition.machine()),
                definition.machine().accelerator().name().toLowerCase(java.util.Locale.ROOT),
                definition.machine().memoryMib(),
                definition.machine().cpus(),
                bytes(record.root()),
                definition.network(),
                definition.createdAt(),
                process.map(p -> OptionalLong.of(p.pid())).orElse(OptionalLong.empty()),
                definition.network() == NetworkMode.NAT ? Optional.of("127.0.0.1") : Optional.empty(),
                record.sshPort(),
                record.parent(),
                layers(record.root()),
                record.ports(),
                drives,
                mounts,
                layout.console(record.name()));
    }

    private static long bytes(DiskRecord root) {
        return switch (root) {
            case DiskRecord.Chain chain -> chain.bytes();
            case DiskRecord.Whole whole -> whole.bytes();
            case DiskRecord.UserDrive _ -> 0;
        };
    }

    private static int layers(DiskRecord root) {
        return root instanceof DiskRecord.Chain chain
                ? chain.sealed().size() + chain.open().size()
                : 1;
    }
}

package dev.smolvm.sandbox;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.os.Uninterrupted;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobId;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLocks;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.LayerFormat;
import dev.smolvm.vmm.MachineSpec;
import dev.smolvm.vmm.Vm;
import dev.smolvm.vmm.Vmm;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Boots new sandboxes. A record is written only once the guest answers; until then a dead creation is swept away. */
public final class SandboxCreation implements SandboxSource {
    private static final int NAME_TRIES = 200;
    private static final String ROOT = "root";

    private final SandboxContext context;
    private final Store store;

    public SandboxCreation(SandboxContext context) {
        this.context = context;
        this.store = context.store();
    }

    /**
     * What a new sandbox is going to be.
     *
     * @param machine as it would be booted under that name
     * @param rootBytes the size of its root disk
     */
    public record Shape(ImageManifest image, Vmm vmm, MachineSpec machine, long rootBytes) {}

    /**
     * The shape of a sandbox without disks of its user's.
     *
     * @throws SmolVmException what keeps it from being created: not found, usage, unsupported
     */
    public Shape shape(SandboxRequest request, SandboxName name) {
        ImageManifest image = context.images().inspect(request.image());
        Vmm vmm = new BackendSelection(context.vmms()).choose(request, image);
        MachineSpec machine = MachineDesign.of(vmm, request, name, image, Optional.empty(), List.of(ROOT));
        return new Shape(image, vmm, machine, rootBytes(request, image));
    }

    @Override
    public SandboxInfo create(SandboxRequest request, Progress progress) {
        SandboxName name = request.name().orElseGet(this::freeName);
        try {
            SandboxRecord created = create(request, name, progress);
            return new SandboxDescription(store.layout(), new Liveness(context)).of(created);
        } catch (RuntimeException e) {
            // Layers that were made for its disks.
            Uninterrupted.run(context.collector()::collect);
            throw e;
        }
    }

    private SandboxRecord create(SandboxRequest request, SandboxName name, Progress progress) {
        try (StoreLocks.Held lock = store.locks().sandbox(name);
                StoreLocks.Held layers = store.locks().storeShared()) {
            if (context.records().exists(name)) {
                throw new SmolVmException(
                        ErrorKind.CONFLICT,
                        "a sandbox " + name + " exists already",
                        "choose another --name, or remove it: smolvm sandbox delete --force " + name);
            }
            ImageManifest image = context.images().inspect(request.image());
            Vmm vmm = new BackendSelection(context.vmms()).choose(request, image);
            vmm.notices().forEach(progress::note);
            context.records().discardUnfinished(name);
            DurableFiles.createDirectory(store.layout().sandbox(name));
            try {
                DurableFiles.createDirectory(store.layout().vm(name));
                return boot(plan(vmm, request, name, image, progress), request, progress);
            } catch (IOException | RuntimeException e) {
                discard(name, e);
                throw e;
            }
        } catch (IOException e) {
            throw SmolVmException.of("create sandbox " + name, e);
        }
    }

    private SandboxRecord boot(SandboxRecord planned, SandboxRequest request, Progress progress) throws IOException {
        progress.step("boot");
        VmStarter.Started started = started(planned, request);
        try (Vm vm = started.vm()) {
            new DiskChains(store, planned.name()).makeDurable();
            context.records().save(started.record());
            DurableFiles.sync(store.layout().sandboxes());
            return started.record();
        }
    }

    private VmStarter.Started started(SandboxRecord planned, SandboxRequest request) {
        try {
            return new VmStarter(context).boot(planned, request.bootTimeout());
        } catch (SmolVmException e) {
            MachineSpec machine = planned.definition().machine();
            Accelerator.Detected works = context.vmms().of(machine).accelerator();
            if (machine.accelerator() == Accelerator.KVM && works.accelerator() != Accelerator.KVM) {
                throw new SmolVmException(
                        e.kind(),
                        "sandbox " + planned.name() + " did not start with KVM, which does not work here: "
                                + works.reason(),
                        "leave --accel out, or give --accel tcg",
                        e);
            }
            throw e;
        }
    }

    private SandboxRecord plan(
            Vmm vmm, SandboxRequest request, SandboxName name, ImageManifest image, Progress progress)
            throws IOException {
        boolean agent = image.control() instanceof ImageManifest.Control.Agent;
        if (!agent && request.network() == NetworkMode.NONE) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "guests of image " + image.name() + " are reached over SSH, which needs a network",
                    "create it with --network nat");
        }
        if (image.os() == ImageManifest.GuestOs.WINDOWS) {
            WindowsLimits.check(request);
        }
        List<DiskRecord> disks = disks(vmm, request, name, image, progress);
        Optional<SshKey> key = agent && request.sshKey().isEmpty()
                ? Optional.empty()
                : Optional.of(SshKey.forSandboxes(store.layout(), request.sshKey()));
        SandboxDefinition definition = new SandboxDefinition(
                name,
                SandboxDefinition.newId(),
                image.name(),
                image.os(),
                Instant.now().truncatedTo(ChronoUnit.MILLIS),
                MachineDesign.of(
                        vmm,
                        request,
                        name,
                        image,
                        key.map(SshKey::publicKeyParameter),
                        disks.stream().map(DiskRecord::id).toList()),
                request.network(),
                agent,
                key.map(k -> image.sshUser().orElse("root")),
                key.map(SshKey::privateKey));
        return new SandboxRecord(
                definition, disks, 0, Optional.empty(), OptionalInt.empty(), List.of(), Optional.empty(), Refresh.NONE);
    }

    private List<DiskRecord> disks(
            Vmm vmm, SandboxRequest request, SandboxName name, ImageManifest image, Progress progress)
            throws IOException {
        boolean raw = vmm.capabilities().layers() == LayerFormat.RAW;
        WholeDisks whole = new WholeDisks(store, name);
        DiskChains chains = new DiskChains(store, name);
        ExtraDisks extra = new ExtraDisks(store);
        long bytes = rootBytes(request, image);
        List<DiskRecord> disks = new ArrayList<>();
        if (raw) {
            progress.step("copy the image's disk");
        }
        disks.add(
                raw
                        ? new DiskRecord.Whole(
                                ROOT, bytes, whole.fromLayer(image.root(), bytes), Optional.empty(), Optional.empty())
                        : DiskRecord.Chain.of(ROOT, bytes, List.of(image.root()), chains.newOverlay(bytes)));
        if (image.boot() instanceof ImageManifest.Boot.FromDisk(var firmware)
                && firmware == ImageManifest.Firmware.UEFI) {
            Blob variables = extra.firmwareVariables();
            long size = extra.virtualBytes(variables);
            disks.add(DiskRecord.Chain.of("firmware", size, List.of(variables), chains.newOverlay(size)));
        }
        for (int i = 0; i < request.mounts().size(); i++) {
            MountRequest mount = request.mounts().get(i);
            progress.step("copy " + mount.hostDirectory());
            Blob base = extra.fromDirectory(mount, progress);
            long size = extra.virtualBytes(base);
            Optional<String> at = Optional.of(mount.guestDirectory());
            Optional<Path> from = Optional.of(mount.hostDirectory().toAbsolutePath());
            disks.add(
                    raw
                            ? new DiskRecord.Whole("mount" + i, size, whole.fromLayer(base, size), at, from)
                            : new DiskRecord.Chain(
                                    "mount" + i, size, List.of(base), List.of(chains.newOverlay(size)), at, from));
        }
        for (int i = 0; i < request.drives().size(); i++) {
            disks.add(extra.drive("drive" + i, request.drives().get(i)));
        }
        return disks;
    }

    private static long rootBytes(SandboxRequest request, ImageManifest image) {
        long bytes = request.diskBytes().orElse(image.diskBytes());
        if (bytes < image.diskBytes()) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "a disk of " + (bytes >> 20) + " MiB is smaller than image " + image.name() + " ("
                            + (image.diskBytes() >> 20) + " MiB)",
                    "give --disk-size " + (image.diskBytes() >> 20) + "M or more, or leave it out");
        }
        return bytes + 511 & ~511L;
    }

    /** A readable one. */
    public SandboxName freeName() {
        for (int i = 0; i < NAME_TRIES; i++) {
            SandboxName name = new SandboxName(NameMaker.next());
            if (!context.records().exists(name)) {
                return name;
            }
        }
        return new SandboxName(NameMaker.next() + "-" + BlobId.random().value().substring(0, 6));
    }

    private void discard(SandboxName name, Exception failure) {
        Uninterrupted.run(() -> {
            try {
                // With its VMM; and with its record, which may lie there already, only not durably.
                store.remove(store.layout().sandbox(name), () -> {});
            } catch (IOException | RuntimeException e) {
                failure.addSuppressed(e);
            }
        });
    }
}

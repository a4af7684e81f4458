package dev.smolvm.template;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.os.Uninterrupted;
import dev.smolvm.sandbox.GuestAccess;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxCreation;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.Sandboxes;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.ForkSource;
import dev.smolvm.snapshot.SavedDisk;
import dev.smolvm.snapshot.SnapshotManifest;
import dev.smolvm.snapshot.SnapshotRecords;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.snapshot.Snapshots;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.vmm.MachineSpec;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The templates of one image. They lie in its directory, and go with it. */
final class ImageTemplates {
    private static final ExecRequest WARM_UP = new ExecRequest(
            List.of("sh", "-c", "true"),
            Map.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(Duration.ofSeconds(5)),
            Optional.empty());

    private final SandboxContext context;
    private final SandboxCreation.Shape shape;
    private final Snapshots snapshots;
    private final SnapshotRecords records;

    ImageTemplates(SandboxContext context, SandboxCreation.Shape shape) {
        this.context = context;
        this.shape = shape;
        this.snapshots = Snapshots.templates(context, shape.image().name());
        this.records =
                SnapshotRecords.ofTemplates(context.store(), shape.image().name());
    }

    boolean exists(SnapshotId id) {
        return snapshots.exists(id);
    }

    ForkSource open(SnapshotId id) {
        return snapshots.forkSource(id);
    }

    /**
     * Boots a sandbox and saves it, in the place of whatever template there was; returns whether it could be saved. The caller
     * holds the template's lock.
     *
     * @param request what a user asked for, whose own sandbox is not made here
     * @throws SmolVmException what keeps the sandbox from booting: it would the user's too
     */
    boolean make(SnapshotId id, SandboxRequest request, Progress progress) {
        SandboxName name = SandboxName.ofTemplate(id);
        progress.step("boot image " + shape.image().name() + ", for a template");
        try {
            discard(name);
            boot(name, request);
            requireThisImage(name);
            warmUp(name);
            progress.step("save the template");
            save(id, name);
            return true;
        } catch (NotSaved e) {
            progress.note("image " + shape.image().name() + " has no template, so its sandboxes boot: "
                    + e.getCause().getMessage());
            return false;
        } finally {
            Uninterrupted.run(() -> discardLater(name));
        }
    }

    /** It would be saved under the name of the image that it is not of. */
    private void requireThisImage(SandboxName name) throws NotSaved {
        boolean replaced = context.records().load(name).chains().stream()
                .findFirst()
                .filter(c -> !c.sealed().getFirst().equals(shape.image().root()))
                .isPresent();
        if (replaced) {
            throw new NotSaved(new SmolVmException(ErrorKind.CONFLICT, "it was replaced meanwhile", ""));
        }
    }

    /** What cannot be removed now, the next command removes: that is no reason not to have made a template. */
    private void discardLater(SandboxName name) {
        try {
            discard(name);
        } catch (SmolVmException e) {
            // See Recovery.
        }
    }

    private void boot(SandboxName name, SandboxRequest request) {
        try {
            new SandboxCreation(context).create(request.forTemplate(name), Progress.NONE);
        } catch (SmolVmException e) {
            // The user knows nothing of a second sandbox.
            throw new SmolVmException(
                    e.kind(),
                    e.getMessage()
                            .replace(name.value(), request.name().orElseThrow().value()),
                    e.advice(),
                    e);
        }
    }

    /** What the first command needs is read from the disk once, and not in every sandbox anew. */
    private void warmUp(SandboxName name) {
        try (Guest guest = new Sandboxes(context).connect(name, GuestAccess.QUICK)) {
            guest.exec(WARM_UP, ExecIo.none());
        } catch (SmolVmException e) {
            if (e.kind() == ErrorKind.INTERRUPTED) {
                throw e;
            }
            // A guest that has no shell is a template all the same.
        }
    }

    private void save(SnapshotId id, SandboxName name) throws NotSaved {
        try {
            removeUseless(id);
            makePlace();
            snapshots.create(
                    new SnapshotRequest(
                            name, Optional.of(id), SnapshotType.FULL, false, false, FlushPolicy.BEST_EFFORT),
                    Progress.NONE);
        } catch (SmolVmException e) {
            if (e.kind() == ErrorKind.INTERRUPTED) {
                throw e;
            }
            throw new NotSaved(e);
        }
    }

    private static final class NotSaved extends Exception {
        private static final long serialVersionUID = 1L;

        NotSaved(SmolVmException cause) {
            super(cause);
        }
    }

    private void discard(SandboxName name) {
        if (context.records().exists(name)) {
            new Sandboxes(context).delete(name, true);
        }
    }

    private void makePlace() {
        Path place = context.store().layout().templates(shape.image().name());
        try {
            DurableFiles.createDirectory(place);
            DurableFiles.sync(place.getParent());
        } catch (FileAlreadyExistsException e) {
            // There are some, or were.
        } catch (IOException e) {
            throw SmolVmException.of("create " + place, e);
        }
    }

    /** The one that is to be replaced, and those that nobody can use any more: of the image before, of a VMM before its update. */
    private void removeUseless(SnapshotId replaced) {
        for (SnapshotId id : records.ids()) {
            if (id.equals(replaced) || !usable(id)) {
                snapshots.delete(id);
            }
        }
    }

    private boolean usable(SnapshotId id) {
        try {
            SnapshotManifest manifest = records.load(id);
            MachineSpec machine = manifest.sandbox().machine();
            SavedDisk root = manifest.disks().getFirst();
            // Of a disk that is a copy nobody can tell which image it is a copy of.
            boolean ofThisImage = root.whole().isPresent()
                    || root.layers().getFirst().equals(shape.image().root());
            return ofThisImage && machine.runBy(context.vmms().of(machine)).equals(machine);
        } catch (SmolVmException e) {
            return false;
        }
    }
}

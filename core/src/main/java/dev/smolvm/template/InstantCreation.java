package dev.smolvm.template;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.GuestVariables;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxCreation;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.SandboxSource;
import dev.smolvm.snapshot.ForkSource;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.store.StoreLocks;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Makes sandboxes by restoring a template of their image under a new identity. Where there is none for the shape that is asked
 * for, it is made first: by booting a sandbox that nobody gets to see, so that nothing of anybody's is in it. A template is only
 * ever a short cut: whatever is wrong with it, the sandbox boots.
 */
public final class InstantCreation implements SandboxSource {
    private final SandboxContext context;
    private final SandboxCreation boot;

    public InstantCreation(SandboxContext context) {
        this.context = context;
        this.boot = new SandboxCreation(context);
    }

    @Override
    public SandboxInfo create(SandboxRequest request, Progress progress) {
        ImageManifest image = context.images().inspect(request.image());
        if (!TemplateKey.possible(request, image)) {
            return boot.create(request, progress);
        }
        SandboxName name = request.name().orElseGet(boot::freeName);
        checkFree(name);
        SandboxCreation.Shape shape = boot.shape(request, name);
        if (!shape.vmm().capabilities().savesMachines()) {
            return boot.create(request, progress);
        }
        return new Attempt(request, shape, new ImageTemplates(context, shape), progress).run(name);
    }

    private void checkFree(SandboxName name) {
        if (context.records().exists(name)) {
            throw new SmolVmException(
                    ErrorKind.CONFLICT,
                    "a sandbox " + name + " exists already",
                    "choose another --name, or remove it: smolvm sandbox delete --force " + name);
        }
    }

    /** One creation. */
    private final class Attempt {
        private final SandboxRequest request;
        private final SandboxCreation.Shape shape;
        private final ImageTemplates templates;
        private final SnapshotId id;
        private final Progress progress;
        private boolean useless;
        private boolean waited;

        Attempt(SandboxRequest request, SandboxCreation.Shape shape, ImageTemplates templates, Progress progress) {
            this.request = request;
            this.shape = shape;
            this.templates = templates;
            this.id = TemplateKey.of(shape);
            this.progress = progress;
        }

        SandboxInfo run(SandboxName name) {
            Optional<SandboxInfo> restored = restored(name);
            if (restored.isPresent()) {
                return restored.get();
            }
            Optional<StoreLocks.Held> making = making();
            if (making.isEmpty()) {
                return boot.create(request, progress);
            }
            try (StoreLocks.Held held = making.get()) {
                // Somebody may have made one just now, or in the place of what could not be used.
                Optional<SandboxInfo> late = useless && !waited ? Optional.empty() : restored(name);
                return late.or(() -> templates.make(id, request.named(name.value()), progress)
                                ? restored(name)
                                : Optional.empty())
                        .orElseGet(() -> boot.create(request, progress));
            }
        }

        /** Empty where another command takes too long to make it. */
        private Optional<StoreLocks.Held> making() {
            StoreLocks locks = context.store().locks();
            Optional<StoreLocks.Held> free = locks.tryTemplate(id.value());
            if (free.isPresent()) {
                return free;
            }
            waited = true;
            progress.step("wait for the template that another command makes");
            try {
                return Optional.of(locks.template(id.value()));
            } catch (SmolVmException e) {
                if (e.kind() == ErrorKind.CONFLICT) {
                    return Optional.empty();
                }
                throw e;
            }
        }

        /** Empty where there is none, or none that can be used. */
        private Optional<SandboxInfo> restored(SandboxName name) {
            if (!templates.exists(id)) {
                return Optional.empty();
            }
            try (ForkSource template = templates.open(id)) {
                shape.vmm().notices().forEach(progress::note);
                progress.step("restore the template");
                return Optional.of(fork(template, name));
            } catch (SmolVmException e) {
                if (!isTemplates(e, name)) {
                    throw e;
                }
                useless = true;
                progress.note("template " + id + " of image " + shape.image().name()
                        + " could not be used, and is made anew: " + e.getMessage());
                return Optional.empty();
            }
        }

        private SandboxInfo fork(ForkSource template, SandboxName first) {
            SandboxName name = first;
            while (true) {
                try {
                    return template.fork(name, GuestVariables.NONE, OptionalLong.of(shape.rootBytes()));
                } catch (SmolVmException e) {
                    // Another command was quicker to take a name that nobody asked for.
                    if (e.kind() != ErrorKind.CONFLICT || request.name().isPresent()) {
                        throw e;
                    }
                    name = boot.freeName();
                }
            }
        }

        /** Whether it may be the template that is at fault, so that a boot can do better. */
        private boolean isTemplates(SmolVmException e, SandboxName name) {
            return switch (e.kind()) {
                case NOT_FOUND, INTEGRITY, INCOMPATIBLE, UNSUPPORTED, GUEST_UNRESPONSIVE, VM_DIED -> true;
                // It is being replaced just now.
                case CONFLICT -> !context.records().exists(name);
                case UNEXPECTED, USAGE, NO_SPACE, HAS_DEPENDENTS, INTERRUPTED -> false;
            };
        }
    }
}

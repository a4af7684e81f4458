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
    private static final int NAME_TRIES = 100;

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
        /** Whether it is to be booted, and the template left as it is. */
        private boolean boots;

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
            Optional<StoreLocks.Held> making = boots ? Optional.empty() : making();
            if (making.isEmpty()) {
                return boot.create(request, progress);
            }
            try (StoreLocks.Held held = making.get()) {
                // Somebody may have made one just now, or in the place of what could not be used.
                Optional<SandboxInfo> late = useless && !waited ? Optional.empty() : restored(name);
                return late.or(() -> !boots && templates.make(id, request.named(name.value()), progress)
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
            Optional<ForkSource> opened = opened();
            if (opened.isEmpty()) {
                return Optional.empty();
            }
            try (ForkSource template = opened.get()) {
                shape.vmm().notices().forEach(progress::note);
                progress.step("restore the template");
                return fork(template, name);
            }
        }

        private Optional<ForkSource> opened() {
            try {
                return Optional.of(templates.open(id));
            } catch (SmolVmException e) {
                switch (e.kind()) {
                    // With a conflict it is being replaced just now.
                    case CONFLICT, NOT_FOUND, INTEGRITY, INCOMPATIBLE, UNSUPPORTED -> cannotBeUsed(e);
                    case GUEST_UNRESPONSIVE, VM_DIED, UNEXPECTED, USAGE, NO_SPACE, HAS_DEPENDENTS, INTERRUPTED ->
                        throw e;
                }
                return Optional.empty();
            }
        }

        private void cannotBeUsed(SmolVmException why) {
            useless = true;
            note("could not be used, and is made anew", why);
        }

        private void note(String what, SmolVmException why) {
            progress.note(
                    "template " + id + " of image " + shape.image().name() + " " + what + ": " + why.getMessage());
        }

        /** Empty where a boot may do better, whether the template is at fault or not. */
        private Optional<SandboxInfo> fork(ForkSource template, SandboxName first) {
            SandboxName name = first;
            for (int tries = 1; ; tries++) {
                try {
                    return Optional.of(template.fork(name, GuestVariables.NONE, OptionalLong.of(shape.rootBytes())));
                } catch (SmolVmException e) {
                    switch (e.kind()) {
                        case NOT_FOUND, INTEGRITY, UNSUPPORTED, GUEST_UNRESPONSIVE, VM_DIED -> {
                            cannotBeUsed(e);
                            return Optional.empty();
                        }
                        // What was asked for is what failed: the guest's agent is of old, its disk does not grow in
                        // time.
                        case INCOMPATIBLE, UNEXPECTED, USAGE -> {
                            boots = true;
                            note("cannot be given what this sandbox is to have, so it boots", e);
                            return Optional.empty();
                        }
                        case CONFLICT -> {
                            // Another command was quicker to take a name that nobody asked for.
                            if (request.name().isPresent()
                                    || tries == NAME_TRIES
                                    || !context.records().exists(name)) {
                                throw e;
                            }
                            name = boot.freeName();
                        }
                        case NO_SPACE, HAS_DEPENDENTS, INTERRUPTED -> throw e;
                    }
                }
            }
        }
    }
}

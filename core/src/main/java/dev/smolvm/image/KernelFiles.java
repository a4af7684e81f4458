package dev.smolvm.image;

import dev.smolvm.Progress;
import dev.smolvm.store.Blob;
import dev.smolvm.store.BlobKind;
import dev.smolvm.store.Staging;
import dev.smolvm.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Kernel and initramfs for an image. An image of the store that was built from the same kernel package and agent lends its
 * files, so that only the first build downloads a kernel.
 */
final class KernelFiles {
    private final Store store;
    private final Staging staging;
    private final KernelPackage source;
    private final GuestPayload payload;
    private final Progress progress;
    private Path kernel;
    private Path initrd;

    private KernelFiles(Store store, Staging staging, KernelPackage source, GuestPayload payload, Progress progress) {
        this.store = store;
        this.staging = staging;
        this.source = source;
        this.payload = payload;
        this.progress = progress;
    }

    static KernelFiles prepare(Store store, Staging staging, Progress progress) throws IOException {
        KernelFiles files =
                new KernelFiles(store, staging, KernelPackage.current(progress), GuestPayload.load(), progress);
        if (files.lent().isEmpty()) {
            files.make();
        }
        return files;
    }

    /** What identifies the content, at the end of an image's {@code source}. */
    String mark() {
        return " (" + source.name() + " " + source.version() + ", initramfs " + payload.fingerprint() + ")";
    }

    /** The caller holds the store's shared lock. */
    ImageManifest.Boot add(String commandLine) throws IOException {
        Optional<ImageManifest.Boot.DirectKernel> lent = lent();
        if (lent.isPresent()) {
            return new ImageManifest.Boot.DirectKernel(
                    lent.get().kernel(), lent.get().initrd(), commandLine);
        }
        if (kernel == null) {
            // The image that had them was removed a moment ago.
            make();
        }
        Blob kernelBlob = store.addBlob(kernel, BlobKind.KERNEL);
        Blob initrdBlob = store.addBlob(initrd, BlobKind.INITRD);
        return new ImageManifest.Boot.DirectKernel(kernelBlob, initrdBlob, commandLine);
    }

    private Optional<ImageManifest.Boot.DirectKernel> lent() {
        return new Images(store)
                .sound().stream()
                        .filter(image -> image.source().endsWith(mark()))
                        .map(ImageManifest::boot)
                        .filter(ImageManifest.Boot.DirectKernel.class::isInstance)
                        .map(ImageManifest.Boot.DirectKernel.class::cast)
                        .filter(boot -> isThere(boot.kernel()) && isThere(boot.initrd()))
                        .findFirst();
    }

    private boolean isThere(Blob blob) {
        try {
            return Files.size(store.layout().blob(blob)) == blob.size();
        } catch (IOException e) {
            return false;
        }
    }

    private void make() throws IOException {
        KernelPackage.Unpacked unpacked = source.unpack(staging.file("kernel"), progress);
        progress.step("extract the kernel");
        kernel = staging.file("vmlinux");
        BzImage.extract(unpacked.vmlinuz(), kernel);
        progress.step("make the initramfs");
        initrd = staging.file("initrd");
        Initramfs.write(
                initrd, payload.agent(), KernelModules.in(unpacked.modules()).loadOrder(payload.modules()));
    }
}

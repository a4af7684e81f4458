package dev.smolvm.bench.peer;

import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.CannotRunHereException;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.os.Command;
import dev.smolvm.os.Programs;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.StoreLayout;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The files of one of our images, for another program to boot from.
 *
 * @param disk read-only
 * @param commandLine with the addresses of QEMU's user network, as our sandboxes have them
 */
public record GuestFiles(Path kernel, Path initrd, Path disk, String commandLine) {
    private static final String NETWORK = " smolvm.ip=10.0.2.15/24 smolvm.gw=10.0.2.2 smolvm.dns=10.0.2.3";

    public static GuestFiles of(Lab lab, ImageName image) throws CannotRunHereException {
        ImageManifest manifest = lab.vm().images().inspect(image);
        StoreLayout layout = lab.vm().store().layout();
        if (!(manifest.boot() instanceof ImageManifest.Boot.DirectKernel(var kernel, var initrd, var commandLine))) {
            throw new CannotRunHereException("the image " + image.value() + " has no kernel of its own");
        }
        return new GuestFiles(
                layout.blob(kernel), layout.blob(initrd), layout.blob(manifest.root()), commandLine + NETWORK);
    }

    /** The QEMU that smolvm uses. */
    public static Path qemu() {
        return Optional.ofNullable(System.getenv("SMOLVM_QEMU"))
                .filter(named -> !named.isEmpty())
                .map(Path::of)
                .orElseGet(() -> Programs.require("qemu-system-x86_64"));
    }

    /** Makes an empty disk above another one, which then must not change any more. */
    public static void overlay(Path backing, Path disk) {
        Command.of("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", backing.toString(), disk.toString())
                .check();
    }
}

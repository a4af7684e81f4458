package dev.smolvm.inspect;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.image.ImageManifest;
import dev.smolvm.image.Images;
import dev.smolvm.store.Blob;
import dev.smolvm.store.ImageName;
import dev.smolvm.vmm.MachineSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the throw-away VM boots: a Linux with our agent.
 *
 * @param root the layer with its root file system
 * @param rootBytes virtual size
 */
record GuestSystem(MachineSpec.Boot.DirectKernel boot, Blob root, long rootBytes) {
    /**
     * That of the disks themselves, if they grew out of an image of ours, or some image's. The caller holds the store's lock
     * (shared).
     *
     * @throws SmolVmException not found: there is none
     */
    static GuestSystem of(List<DiskFiles> disks, Images images) {
        return Stream.concat(disks.stream().flatMap(d -> of(d).stream()), others(disks, images))
                .findFirst()
                .orElseThrow(() -> new SmolVmException(
                        ErrorKind.NOT_FOUND,
                        "look into disks: the store has no Linux image whose kernel could do it",
                        "smolvm image build tiny"));
    }

    private static Optional<GuestSystem> of(DiskFiles disk) {
        return disk.owner().agent()
                        && disk.image().isPresent()
                        && disk.owner().machine().boot() instanceof MachineSpec.Boot.DirectKernel kernel
                ? Optional.of(new GuestSystem(bare(kernel), disk.image().get(), disk.bytes()))
                : Optional.empty();
    }

    /** First those that the disks were made from, which have the same file system. */
    private static Stream<GuestSystem> others(List<DiskFiles> disks, Images images) {
        List<GuestSystem> own = disks.stream()
                .flatMap(d -> readable(images, d.owner().image()).stream())
                .flatMap(i -> of(i).stream())
                .toList();
        return Stream.concat(own.stream(), images.names().stream().flatMap(n -> readable(images, n).stream()
                .flatMap(i -> of(i).stream())));
    }

    private static Optional<ImageManifest> readable(Images images, ImageName name) {
        try {
            return images.find(name);
        } catch (SmolVmException e) {
            // A damaged one is of no use here.
            return Optional.empty();
        }
    }

    private static Optional<GuestSystem> of(ImageManifest image) {
        return image.os() == ImageManifest.GuestOs.LINUX
                        && image.control() instanceof ImageManifest.Control.Agent
                        && image.boot() instanceof ImageManifest.Boot.DirectKernel(var kernel, var initrd, var line)
                ? Optional.of(new GuestSystem(
                        bare(new MachineSpec.Boot.DirectKernel(kernel, initrd, line)), image.root(), image.diskBytes()))
                : Optional.empty();
    }

    /** Without what the sandbox was told: its name, network and key. */
    private static MachineSpec.Boot.DirectKernel bare(MachineSpec.Boot.DirectKernel boot) {
        return new MachineSpec.Boot.DirectKernel(
                boot.kernel(),
                boot.initrd(),
                Arrays.stream(boot.commandLine().split(" "))
                        .filter(word -> !word.startsWith("smolvm."))
                        .collect(Collectors.joining(" ")));
    }
}

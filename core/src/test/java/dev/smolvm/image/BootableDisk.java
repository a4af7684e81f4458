package dev.smolvm.image;

import dev.smolvm.Progress;
import dev.smolvm.os.Command;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A disk as users have them: with a boot loader, a system of its own and an SSH server. */
public final class BootableDisk {
    /** Has drivers for the devices of a PC, which the kernel of our own images lacks. */
    private static final String KERNEL = "linux-image-amd64";

    private BootableDisk() {}

    /** Makes a raw disk that boots from BIOS and from UEFI; root and the user "guest" take the key. */
    public static Path make(Path directory, Path publicKey) throws IOException {
        KernelPackage kernel = KernelPackage.parse(Command.of("apt-cache", "show", "--no-all-versions", KERNEL)
                        .check())
                .orElseThrow();
        kernel.unpack(directory.resolve("kernel"), Progress.NONE);
        Path script = directory.resolve("boot-disk.sh");
        try (InputStream in = BootableDisk.class.getResourceAsStream("/boot-disk.sh")) {
            Files.copy(in, script);
        }
        Path disk = directory.resolve("disk.raw");
        Command.of(
                        "sh",
                        script.toString(),
                        directory.resolve("kernel/tree").toString(),
                        publicKey.toString(),
                        disk.toString())
                .check();
        return disk;
    }
}

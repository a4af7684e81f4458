package dev.smolvm.vmm.qemu;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where distributions keep the firmware that comes with QEMU. */
final class FirmwareFiles {
    private static final List<Path> BIOS = List.of(
            Path.of("/usr/share/seabios/bios-256k.bin"),
            Path.of("/usr/share/qemu/bios-256k.bin"),
            Path.of("/usr/local/share/qemu/bios-256k.bin"));

    private static final List<Path> UEFI = List.of(Path.of("/usr/share/OVMF/OVMF_CODE_4M.fd"));

    private FirmwareFiles() {}

    static Path bios() {
        return first(BIOS, "seabios");
    }

    static Path uefi() {
        return first(UEFI, "ovmf");
    }

    private static Path first(List<Path> candidates, String debianPackage) {
        return candidates.stream()
                .filter(Files::isReadable)
                .findFirst()
                .orElseThrow(() -> new SmolVmException(
                        ErrorKind.NOT_FOUND,
                        "the firmware " + candidates.getFirst() + " is not installed",
                        "sudo apt-get install " + debianPackage));
    }
}

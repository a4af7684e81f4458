package dev.smolvm.vmm.qemu;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;

/** QEMU refused a command. */
final class QmpErrorException extends SmolVmException {
    private static final long serialVersionUID = 1L;

    private final String description;

    QmpErrorException(String command, String errorClass, String description) {
        super(
                description.contains("No space left") ? ErrorKind.NO_SPACE : ErrorKind.UNEXPECTED,
                "QEMU refused " + command + ": " + description + " (" + errorClass + ")",
                "");
        this.description = description;
    }

    String description() {
        return description;
    }
}

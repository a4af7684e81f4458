package dev.smolvm.cli.output;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;

/** A command for several objects that failed at one of them; says which were done. */
public final class PartlyDone extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Json details;

    public PartlyDone(SmolVmException cause, Json details) {
        super(cause);
        this.details = details;
    }

    Json details() {
        return details;
    }
}

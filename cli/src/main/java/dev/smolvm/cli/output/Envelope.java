package dev.smolvm.cli.output;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;

/** The one JSON document that a command with {@code --json} prints. */
public final class Envelope {
    private Envelope() {}

    /** @param command such as {@code sandbox.snapshot.create} */
    public static Json success(String command, int exitCode, Json data) {
        return envelope(exitCode == 0, command, exitCode, data, Json.NULL);
    }

    public static Json failure(String command, Failure failure) {
        Json error = error(failure.kind(), failure.message(), failure.advice())
                .put("details", failure.details())
                .build();
        return envelope(false, command, failure.kind().exitCode(), Json.NULL, error);
    }

    /** What one of several objects failed with, inside the data of a command that went on with the others. */
    public static Json error(SmolVmException failure) {
        return error(failure.kind(), failure.getMessage(), failure.advice()).build();
    }

    private static Json.Builder error(ErrorKind kind, String message, String advice) {
        return Json.object()
                .put("code", kind.code())
                .put("message", message)
                .put("recovery", advice.isEmpty() ? Json.NULL : Json.of(advice));
    }

    private static Json envelope(boolean ok, String command, int exitCode, Json data, Json error) {
        return Json.object()
                .put("ok", ok)
                .put("command", command)
                .put("exit_code", exitCode)
                .put("data", data)
                .put("error", error)
                .build();
    }
}

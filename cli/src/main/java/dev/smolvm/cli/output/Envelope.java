package dev.smolvm.cli.output;

import dev.smolvm.json.Json;

/** The one JSON document that a command with {@code --json} prints. */
public final class Envelope {
    private Envelope() {}

    /** @param command such as {@code sandbox.snapshot.create} */
    public static Json success(String command, int exitCode, Json data) {
        return envelope(exitCode == 0, command, exitCode, data, Json.NULL);
    }

    public static Json failure(String command, Failure failure) {
        Json error = Json.object()
                .put("code", failure.kind().code())
                .put("message", failure.message())
                .put("recovery", failure.advice().isEmpty() ? Json.NULL : Json.of(failure.advice()))
                .put("details", failure.details())
                .build();
        return envelope(false, command, failure.kind().exitCode(), Json.NULL, error);
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

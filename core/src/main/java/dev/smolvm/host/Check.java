package dev.smolvm.host;

import dev.smolvm.json.Json;

/**
 * One thing that was looked at.
 *
 * @param id stable, for scripts, such as {@code qemu}
 * @param detail what was found
 * @param fix the command that helps; empty where all is well or nothing does
 */
public record Check(String id, String title, Status status, String detail, String fix) {
    public enum Status {
        OK,
        /** Something works less well, or only a part of the commands does. */
        WARN,
        /** Sandboxes can't run. */
        FAIL
    }

    static Check ok(String id, String title, String detail) {
        return new Check(id, title, Status.OK, detail, "");
    }

    static Check warn(String id, String title, String detail, String fix) {
        return new Check(id, title, Status.WARN, detail, fix);
    }

    static Check fail(String id, String title, String detail, String fix) {
        return new Check(id, title, Status.FAIL, detail, fix);
    }

    public Json toJson() {
        return Json.object()
                .put("id", id)
                .put("title", title)
                .put("status", status.name().toLowerCase(java.util.Locale.ROOT))
                .put("detail", detail)
                .put("fix", fix.isEmpty() ? null : fix)
                .build();
    }
}

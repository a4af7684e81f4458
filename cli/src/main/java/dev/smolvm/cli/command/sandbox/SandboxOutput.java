package dev.smolvm.cli.command.sandbox;

import dev.smolvm.cli.command.Result;
import dev.smolvm.cli.output.Fields;
import dev.smolvm.cli.output.Printable;
import dev.smolvm.json.Json;
import dev.smolvm.sandbox.DriveRequest;
import dev.smolvm.sandbox.MountRequest;
import dev.smolvm.sandbox.PortForward;
import dev.smolvm.sandbox.SandboxInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Sandboxes as programs and people read them. */
public final class SandboxOutput {
    private static final long MIB = 1024 * 1024;

    private SandboxOutput() {}

    /** After a command that changed one sandbox. */
    static Result changed(SandboxInfo sandbox, String what) {
        return Result.of(one(sandbox), sandbox.name() + " " + what);
    }

    static Json one(SandboxInfo sandbox) {
        return Json.object().put("sandbox", full(sandbox)).build();
    }

    /** The eight fields of a list; scripts rely on these names. */
    static Json.Builder brief(SandboxInfo sandbox) {
        return Json.object()
                .put("name", sandbox.name().value())
                .put("status", sandbox.status().label())
                .put("image", sandbox.image().value())
                .put("backend", sandbox.backend())
                .put("memory_mib", sandbox.memoryMib())
                .put("cpus", sandbox.cpus())
                .put("created_at", sandbox.createdAt().toString())
                .put("pid", sandbox.pid().isPresent() ? Json.of(sandbox.pid().getAsLong()) : Json.NULL);
    }

    static Json full(SandboxInfo sandbox) {
        List<Json> drives = new ArrayList<>();
        for (DriveRequest drive : sandbox.drives()) {
            drives.add(Json.object()
                    .put("file", drive.file().toString())
                    .put("read_only", drive.readOnly())
                    .build());
        }
        List<Json> mounts = new ArrayList<>();
        for (MountRequest mount : sandbox.mounts()) {
            mounts.add(Json.object()
                    .put("host_directory", mount.hostDirectory().toString())
                    .put("guest_directory", mount.guestDirectory())
                    .build());
        }
        return brief(sandbox)
                .put("id", sandbox.id())
                .put("accelerator", sandbox.accelerator())
                .put("disk_bytes", sandbox.diskBytes())
                .put("layers", sandbox.layers())
                .put("network", sandbox.network().name().toLowerCase(Locale.ROOT))
                .put("ip_address", Json.of(sandbox.ipAddress().orElse(null)))
                .put(
                        "ssh_port",
                        sandbox.sshPort().isPresent()
                                ? Json.of(sandbox.sshPort().getAsInt())
                                : Json.NULL)
                .put("parent_id", Json.of(sandbox.parent().map(Object::toString).orElse(null)))
                .put("ports", ports(sandbox.ports()))
                .put("drives", new Json.Arr(drives))
                .put("mounts", new Json.Arr(mounts))
                .put("console_path", sandbox.console().toString())
                .build();
    }

    static Json ports(List<PortForward> forwards) {
        List<Json> ports = new ArrayList<>();
        for (PortForward forward : forwards) {
            ports.add(port(forward));
        }
        return new Json.Arr(ports);
    }

    static Json port(PortForward forward) {
        return Json.object()
                .put("host", "127.0.0.1")
                .put("host_port", forward.hostPort())
                .put("guest_port", forward.guestPort())
                .build();
    }

    static Fields fields(SandboxInfo sandbox) {
        Fields fields = new Fields()
                .put("name", sandbox.name().value())
                .put("id", sandbox.id())
                .put("status", sandbox.status().label())
                .put("image", sandbox.image().value())
                .put("backend", sandbox.backend() + ", " + sandbox.accelerator())
                .put("memory", Printable.size(sandbox.memoryMib() * MIB))
                .put("cpus", Integer.toString(sandbox.cpus()))
                .put("disk", Printable.size(sandbox.diskBytes()) + " in " + sandbox.layers() + " layers")
                .put("network", sandbox.network().name().toLowerCase(Locale.ROOT))
                .put("address", sandbox.ipAddress().orElse("-"))
                .put("ssh port", Printable.orDash(sandbox.sshPort()))
                .put("created", Printable.time(sandbox.createdAt()))
                .put("pid", Printable.orDash(sandbox.pid()))
                .put("parent", sandbox.parent().map(Object::toString).orElse("-"));
        for (PortForward port : sandbox.ports()) {
            fields.put("port", "127.0.0.1:" + port.hostPort() + " -> " + port.guestPort());
        }
        for (DriveRequest drive : sandbox.drives()) {
            fields.put("drive", drive.file() + (drive.readOnly() ? " (read-only)" : ""));
        }
        for (MountRequest mount : sandbox.mounts()) {
            fields.put("mount", mount.hostDirectory() + " -> " + mount.guestDirectory());
        }
        return fields.put("console", sandbox.console().toString());
    }

    static String size(int memoryMib) {
        return Printable.size(memoryMib * MIB);
    }
}

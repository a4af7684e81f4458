package dev.smolvm.sandbox;

import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.os.ProcessIdentity;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.SnapshotId;
import dev.smolvm.vmm.MachineSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What {@code sandbox.json} says: the truth about a sandbox.
 *
 * @param generation counts its VMM processes; the next one's directory is always a new one
 * @param process its VMM, from the moment its guest is ready; empty when it was stopped. A process named here that is gone
 *     has crashed.
 * @param sshPort the host's port that leads to the guest's SSH server
 * @param parent the snapshot it was last restored from or saved to
 * @param refresh what the guest has still to be told before it goes on
 */
public record SandboxRecord(
        SandboxDefinition definition,
        List<DiskRecord> disks,
        long generation,
        Optional<ProcessIdentity> process,
        OptionalInt sshPort,
        List<PortForward> ports,
        Optional<SnapshotId> parent,
        Refresh refresh) {
    public static final int FORMAT = 1;

    public SandboxRecord {
        disks = List.copyOf(disks);
        ports = List.copyOf(ports);
    }

    public SandboxName name() {
        return definition.name();
    }

    public List<DiskRecord.Chain> chains() {
        List<DiskRecord.Chain> chains = new ArrayList<>();
        for (DiskRecord disk : disks) {
            if (disk instanceof DiskRecord.Chain chain) {
                chains.add(chain);
            }
        }
        return chains;
    }

    /** The disk that the guest's system lies on. */
    public DiskRecord root() {
        return disks.getFirst();
    }

    public List<DiskRecord.Whole> wholeDisks() {
        List<DiskRecord.Whole> whole = new ArrayList<>();
        for (DiskRecord disk : disks) {
            if (disk instanceof DiskRecord.Whole raw) {
                whole.add(raw);
            }
        }
        return whole;
    }

    public SandboxRecord withDisks(List<? extends DiskRecord> newDisks) {
        return new SandboxRecord(
                definition, List.copyOf(newDisks), generation, process, sshPort, ports, parent, refresh);
    }

    /** The same with these chains in place of those with their ids. */
    public SandboxRecord withChains(List<DiskRecord.Chain> chains) {
        List<DiskRecord> changed = new ArrayList<>();
        for (DiskRecord disk : disks) {
            changed.add(chains.stream()
                    .filter(c -> c.id().equals(disk.id()))
                    .map(c -> (DiskRecord) c)
                    .findFirst()
                    .orElse(disk));
        }
        return withDisks(changed);
    }

    public SandboxRecord running(long newGeneration, ProcessIdentity newProcess) {
        return new SandboxRecord(
                definition,
                disks,
                newGeneration,
                Optional.of(newProcess),
                OptionalInt.empty(),
                ports,
                parent,
                Refresh.NONE);
    }

    /** The same sandbox, on a VMM of another version perhaps. */
    public SandboxRecord withMachine(MachineSpec machine) {
        return new SandboxRecord(
                definition.withMachine(machine), disks, generation, process, sshPort, ports, parent, refresh);
    }

    public SandboxRecord withSshPort(int port) {
        return new SandboxRecord(definition, disks, generation, process, OptionalInt.of(port), ports, parent, refresh);
    }

    /** A fork that never ran still has its source's identity on its disk. */
    public SandboxRecord stopped() {
        return new SandboxRecord(
                definition,
                disks,
                generation,
                Optional.empty(),
                OptionalInt.empty(),
                ports,
                parent,
                refresh == Refresh.IDENTITY ? Refresh.IDENTITY : Refresh.NONE);
    }

    public SandboxRecord withPorts(List<PortForward> newPorts) {
        return new SandboxRecord(definition, disks, generation, process, sshPort, newPorts, parent, refresh);
    }

    public SandboxRecord withParent(SnapshotId newParent) {
        return withParent(Optional.of(newParent));
    }

    public SandboxRecord withParent(Optional<SnapshotId> newParent) {
        return new SandboxRecord(definition, disks, generation, process, sshPort, ports, newParent, refresh);
    }

    public SandboxRecord withRefresh(Refresh pending) {
        return new SandboxRecord(definition, disks, generation, process, sshPort, ports, parent, pending);
    }

    public Json toJson() {
        return Json.object()
                .put("format", FORMAT)
                .put("definition", definition.toJson())
                .put(
                        "disks",
                        new Json.Arr(disks.stream().map(DiskRecord::toJson).toList()))
                .put("generation", generation)
                .put(
                        "process",
                        process.<Json>map(p -> Json.object()
                                        .put("pid", p.pid())
                                        .put("start_ticks", p.startTicks())
                                        .put("boot_id", p.bootId())
                                        .build())
                                .orElse(Json.NULL))
                .put("ssh_port", sshPort.isPresent() ? Json.of(sshPort.getAsInt()) : Json.NULL)
                .put(
                        "ports",
                        new Json.Arr(ports.stream()
                                .map(p -> (Json) Json.object()
                                        .put("host", p.hostPort())
                                        .put("guest", p.guestPort())
                                        .build())
                                .toList()))
                .put("parent", parent.map(SnapshotId::value).orElse(null))
                .put("refresh", JsonFields.name(refresh))
                .build();
    }

    /** @throws JsonFormatException for anything but a record of this format */
    public static SandboxRecord fromJson(Json value) {
        JsonFields json = JsonFields.of(value, "sandbox");
        if (json.integer("format") != FORMAT) {
            throw new JsonFormatException("sandbox.format is not " + FORMAT);
        }
        SandboxRecord record = new SandboxRecord(
                SandboxDefinition.fromJson(json.object("definition")),
                json.list("disks", DiskRecord::fromJson),
                json.integer("generation", 0, Long.MAX_VALUE - 1),
                json.optionalObject("process")
                        .map(p -> new ProcessIdentity(
                                p.integer("pid", 1, Integer.MAX_VALUE), p.integer("start_ticks"), p.string("boot_id"))),
                json.has("ssh_port") ? OptionalInt.of(port(json, "ssh_port")) : OptionalInt.empty(),
                json.list("ports", p -> new PortForward(port(p, "host"), port(p, "guest"))),
                json.optionalString("parent").map(SnapshotId::new),
                json.oneOf("refresh", Refresh.class));
        if (record.disks().isEmpty() || record.root() instanceof DiskRecord.UserDrive) {
            throw new JsonFormatException("sandbox.disks has no root disk");
        }
        return record;
    }

    private static int port(JsonFields json, String key) {
        return (int) json.integer(key, 1, 65_535);
    }
}

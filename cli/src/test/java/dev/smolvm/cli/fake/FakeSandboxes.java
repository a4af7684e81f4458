package dev.smolvm.cli.fake;

import dev.smolvm.Progress;
import dev.smolvm.cli.library.SandboxLibrary;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Guest;
import dev.smolvm.sandbox.NetworkMode;
import dev.smolvm.sandbox.PortForward;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;

/** Sandboxes that are entries of a map; remembers what was asked. */
public final class FakeSandboxes implements SandboxLibrary {
    public final Map<SandboxName, SandboxInfo> sandboxes = new TreeMap<>();
    public final List<SandboxRequest> created = new ArrayList<>();
    public final List<String> calls = new ArrayList<>();
    public final FakeGuest guest = new FakeGuest();
    public Optional<RuntimeException> failure = Optional.empty();
    /** What a creation notes. */
    public List<String> notes = List.of();

    public Path console = Path.of("/nonexistent/console.log");

    public FakeSandboxes with(String name, SandboxStatus status) {
        sandboxes.put(new SandboxName(name), sandbox(name, status, new ImageName("tiny"), 512, 1));
        return this;
    }

    @Override
    public SandboxInfo create(SandboxRequest request, Progress progress) {
        fail();
        created.add(request);
        notes.forEach(progress::note);
        progress.step("boot");
        SandboxInfo info = sandbox(
                request.name().map(SandboxName::value).orElse("made-up"),
                SandboxStatus.RUNNING,
                request.image(),
                request.memoryMib(),
                request.cpus());
        sandboxes.put(info.name(), info);
        return info;
    }

    @Override
    public List<SandboxInfo> list() {
        fail();
        return List.copyOf(sandboxes.values());
    }

    @Override
    public SandboxName resolve(String reference) {
        fail();
        for (SandboxName name : sandboxes.keySet()) {
            if (name.value().equals(reference)) {
                return name;
            }
        }
        throw new SmolVmException(
                ErrorKind.NOT_FOUND, "no sandbox " + reference, "see what there is: smolvm sandbox list");
    }

    @Override
    public SandboxInfo info(SandboxName name) {
        return sandboxes.get(name);
    }

    @Override
    public SandboxInfo start(SandboxName name, Duration bootTimeout, Progress progress) {
        return become(name, "start", SandboxStatus.RUNNING);
    }

    @Override
    public SandboxInfo stop(SandboxName name, boolean force) {
        return become(name, force ? "stop --force" : "stop", SandboxStatus.STOPPED);
    }

    @Override
    public SandboxInfo pause(SandboxName name) {
        return become(name, "pause", SandboxStatus.PAUSED);
    }

    @Override
    public SandboxInfo resume(SandboxName name) {
        return become(name, "resume", SandboxStatus.RUNNING);
    }

    @Override
    public void delete(SandboxName name, boolean force) {
        if (sandboxes.get(name).status().live() && !force) {
            throw new SmolVmException(ErrorKind.CONFLICT, "sandbox " + name + " is running", "add --force");
        }
        calls.add("delete " + name);
        sandboxes.remove(name);
    }

    @Override
    public Guest connect(SandboxName name, Duration deadline) {
        calls.add("connect " + name);
        return guest;
    }

    @Override
    public void collectConsole(SandboxName name) {}

    @Override
    public PortForward expose(SandboxName name, OptionalInt hostPort, int guestPort) {
        return new PortForward(hostPort.orElse(40000), guestPort);
    }

    @Override
    public void unexpose(SandboxName name, int hostPort) {
        calls.add("unexpose " + name + " " + hostPort);
    }

    private SandboxInfo become(SandboxName name, String call, SandboxStatus status) {
        calls.add(call + " " + name);
        with(name.value(), status);
        return sandboxes.get(name);
    }

    private void fail() {
        failure.ifPresent(e -> {
            throw e;
        });
    }

    private SandboxInfo sandbox(String name, SandboxStatus status, ImageName image, int memory, int cpus) {
        return new SandboxInfo(
                new SandboxName(name),
                "0123456789ab",
                status,
                image,
                "qemu",
                "tcg",
                memory,
                cpus,
                2L << 30,
                NetworkMode.NAT,
                Instant.parse("2026-01-02T03:04:05Z"),
                status.live() ? OptionalLong.of(4711) : OptionalLong.empty(),
                Optional.of("127.0.0.1"),
                OptionalInt.of(40022),
                Optional.empty(),
                1,
                List.of(new PortForward(8080, 80)),
                List.of(),
                List.of(),
                console);
    }
}

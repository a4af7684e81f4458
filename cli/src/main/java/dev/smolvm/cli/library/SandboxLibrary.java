package dev.smolvm.cli.library;

import dev.smolvm.Progress;
import dev.smolvm.guest.Guest;
import dev.smolvm.sandbox.PortForward;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.store.SandboxName;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/** As {@link dev.smolvm.sandbox.Sandboxes}. */
public interface SandboxLibrary {
    SandboxInfo create(SandboxRequest request, Progress progress);

    List<SandboxInfo> list();

    SandboxName resolve(String reference);

    SandboxInfo info(SandboxName name);

    SandboxInfo start(SandboxName name, Duration bootTimeout, Progress progress);

    SandboxInfo stop(SandboxName name, boolean force);

    SandboxInfo pause(SandboxName name);

    SandboxInfo resume(SandboxName name);

    void delete(SandboxName name, boolean force);

    Guest connect(SandboxName name, Duration deadline);

    void collectConsole(SandboxName name);

    PortForward expose(SandboxName name, OptionalInt hostPort, int guestPort);

    void unexpose(SandboxName name, int hostPort);
}

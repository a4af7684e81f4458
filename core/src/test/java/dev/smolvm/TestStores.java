package dev.smolvm;

import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.Vmms;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** The library as it would be on another host. */
public final class TestStores {
    private TestStores() {}

    /** On a host where KVM works. */
    public static SmolVm withKvm(Path home, Map<String, String> environment) {
        return SmolVm.open(
                home,
                Duration.ofSeconds(5),
                layout -> new Vmms(
                        layout, environment, () -> new Accelerator.Detected(Accelerator.KVM, "a test says so")));
    }
}

package dev.smolvm.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Whether KVM really works here, and why. Opening {@code /dev/kvm} proves nothing: on some cloud machines it opens, a VM can be
 * made and even runs real-mode code, but a stock kernel hangs in early boot, because the CPU has no virtualisation extension.
 * So the CPU's flag decides.
 *
 * @param reason one line for people
 */
public record Accelerator(boolean kvm, String reason) {
    private static final Path KVM = Path.of("/dev/kvm");
    private static final List<String> EXTENSIONS = List.of("vmx", "svm");

    public static Accelerator detect() {
        Optional<String> extension = cpuField("flags").flatMap(flags -> Arrays.stream(flags.split(" "))
                .filter(EXTENSIONS::contains)
                .findFirst());
        if (extension.isEmpty()) {
            return new Accelerator(false, "TCG: the CPU has no vmx or svm flag, so KVM cannot run a guest kernel");
        }
        if (!Files.exists(KVM)) {
            return new Accelerator(false, "TCG: the CPU has " + extension.get() + ", but there is no /dev/kvm");
        }
        if (!Files.isReadable(KVM) || !Files.isWritable(KVM)) {
            return new Accelerator(false, "TCG: /dev/kvm may not be used by this user; join the group kvm");
        }
        return new Accelerator(true, "KVM: the CPU has " + extension.get() + " and /dev/kvm may be used");
    }

    /** The host's CPU model, which a guest under KVM sees. */
    public static String hostCpu() {
        return cpuField("model name").orElse("unknown");
    }

    private static Optional<String> cpuField(String name) {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(l -> l.startsWith(name))
                    .map(l -> l.substring(l.indexOf(':') + 1).strip())
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}

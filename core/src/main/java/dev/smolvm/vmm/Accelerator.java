package dev.smolvm.vmm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How this machine can run a guest's instructions. */
public enum Accelerator {
    /** In hardware. */
    KVM,
    /** By translation: slower, and QEMU makes no isolation promise for it. */
    TCG;

    /** What was found, and why. */
    public record Detected(Accelerator accelerator, String reason) {}

    /** KVM where it really works. The device is never opened: where it can't work, it often opens all the same. */
    public static Detected detect() {
        return detect(Path.of("/proc/cpuinfo"), Path.of("/dev/kvm"));
    }

    /** The host's CPU model, which a guest under KVM sees. */
    public static String hostCpu() {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }

    static Detected detect(Path cpuinfo, Path device) {
        boolean virtualises;
        try (var lines = Files.lines(cpuinfo)) {
            virtualises = lines.filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .map(line -> List.of(line.split("\\s+")))
                    .map(flags -> flags.contains("vmx") || flags.contains("svm"))
                    .orElse(false);
        } catch (IOException e) {
            return new Detected(TCG, "the CPU's flags can't be read (" + cpuinfo + ")");
        }
        if (!virtualises) {
            return new Detected(
                    TCG,
                    "the CPU shows neither vmx nor svm"
                            + (Files.exists(device)
                                    ? ", so KVM can't run a guest although " + device + " is there"
                                    : ""));
        }
        if (!Files.exists(device)) {
            return new Detected(TCG, device + " is not there");
        }
        if (!Files.isReadable(device) || !Files.isWritable(device)) {
            return new Detected(TCG, "this user may not use " + device);
        }
        return new Detected(KVM, "the CPU has hardware virtualisation and " + device + " may be used");
    }
}

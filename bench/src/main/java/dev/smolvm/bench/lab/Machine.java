package dev.smolvm.bench.lab;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.os.DirectIo;
import dev.smolvm.vmm.Accelerator;
import dev.smolvm.vmm.Vmms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The machine that figures come from: whoever compares them with others' has to know it.
 *
 * @param memoryMib of the host
 * @param fileSystem the store's, and whether it takes direct I/O
 * @param revision of smolvm's sources
 */
public record Machine(
        String cpu,
        int cores,
        long memoryMib,
        String kernel,
        String vmm,
        String accelerator,
        String jdk,
        String fileSystem,
        String revision) {
    public static Machine here(Path store, String revision) throws IOException {
        return new Machine(
                Accelerator.hostCpu(),
                Runtime.getRuntime().availableProcessors(),
                totalMemory(Files.readString(Path.of("/proc/meminfo"))),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                qemu(),
                Accelerator.detect().accelerator().name(),
                System.getProperty("java.vendor.version", "") + " " + Runtime.version(),
                Files.getFileStore(store).type() + (DirectIo.worksIn(store) ? ", direct I/O" : ", no direct I/O"),
                revision);
    }

    static long totalMemory(String meminfo) throws IOException {
        return meminfo.lines()
                .filter(line -> line.startsWith("MemTotal:"))
                .findFirst()
                .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024)
                .orElseThrow(() -> new IOException("/proc/meminfo has no MemTotal"));
    }

    private static String qemu() {
        try {
            return Vmms.inspectQemu(System.getenv()).version();
        } catch (SmolVmException e) {
            return e.getMessage();
        }
    }

    /** In the order in which they are shown. */
    public Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("CPU", cpu + ", " + cores + " cores");
        facts.put("memory", memoryMib + " MiB");
        facts.put("kernel", kernel);
        facts.put("VMM", vmm + " (" + accelerator + ")");
        facts.put("JDK", jdk.strip());
        facts.put("file system of the store", fileSystem);
        facts.put("smolvm", revision);
        return facts;
    }

    /** For a plot's caption. */
    public String oneLine() {
        return cpu + ", " + cores + " cores, " + Math.round(memoryMib / 1024.0) + " GiB; " + kernel + "; " + vmm + " ("
                + accelerator + "); " + fileSystem;
    }
}

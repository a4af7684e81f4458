package dev.smolvm.image;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The modules of one kernel, as unpacked from its package: {@code modules.dep} is made only when a kernel is installed, so
 * dependencies are read from the modules themselves.
 */
final class KernelModules {
    private static final List<String> REQUIRED = List.of("virtio_pci", "virtio_blk", "virtio_console", "ext4");

    private final Map<String, Path> files;
    private final Set<String> builtIn;

    private KernelModules(Map<String, Path> files, Set<String> builtIn) {
        this.files = files;
        this.builtIn = builtIn;
    }

    /** @param directory {@code lib/modules/<version>} */
    static KernelModules in(Path directory) throws IOException {
        Map<String, Path> files = new HashMap<>();
        try (Stream<Path> all = Files.walk(directory)) {
            all.filter(f -> f.toString().endsWith(".ko")).forEach(f -> files.put(nameOf(f.toString()), f));
        }
        Set<String> builtIn = new HashSet<>();
        for (String line : Files.readAllLines(directory.resolve("modules.builtin"))) {
            builtIn.add(nameOf(line));
        }
        return new KernelModules(files, builtIn);
    }

    /**
     * The files to load, dependencies first, without what is built in and what this kernel does not have at all.
     *
     * @throws SmolVmException incompatible: the kernel lacks one without which no guest starts
     */
    List<Path> loadOrder(Collection<String> wanted) throws IOException {
        for (String module : REQUIRED) {
            if (!has(module)) {
                throw lacks(module);
            }
        }
        Map<String, Path> order = new LinkedHashMap<>();
        for (String module : wanted) {
            if (has(module)) {
                add(nameOf(module), order, new HashSet<>());
            }
        }
        return List.copyOf(order.values());
    }

    private boolean has(String module) {
        return builtIn.contains(nameOf(module)) || files.containsKey(nameOf(module));
    }

    private void add(String module, Map<String, Path> order, Set<String> ancestors) throws IOException {
        if (order.containsKey(module) || builtIn.contains(module)) {
            return;
        }
        Path file = files.get(module);
        if (file == null || !ancestors.add(module)) {
            throw lacks(module);
        }
        for (String dependency : ModuleInfo.read(file).dependencies()) {
            add(nameOf(dependency), order, ancestors);
        }
        ancestors.remove(module);
        order.put(module, file);
    }

    private static SmolVmException lacks(String module) {
        return new SmolVmException(
                ErrorKind.INCOMPATIBLE,
                "the kernel package has no usable module " + module,
                "use Debian's " + KernelPackage.META);
    }

    /** The kernel treats dashes and underscores in module names alike. */
    private static String nameOf(String file) {
        String name = file.substring(file.lastIndexOf('/') + 1);
        return name.replaceFirst("\\.ko$", "").replace('-', '_');
    }
}

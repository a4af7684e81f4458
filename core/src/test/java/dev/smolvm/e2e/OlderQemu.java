package dev.smolvm.e2e;

import dev.smolvm.os.Command;
import dev.smolvm.os.Programs;
import dev.smolvm.store.DurableFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The QEMU that Debian 12 itself comes with, beside the newer one that is installed: its packages unpacked, and none of them
 * installed. It finds its modules and firmware beside its binary; its libraries are those of the newer one.
 */
final class OlderQemu {
    private static final String VERSION = "1:7.2*";
    private static final List<String> PACKAGES =
            List.of("qemu-system-x86", "qemu-system-common", "qemu-system-data", "seabios=1.16.2*");

    private OlderQemu() {}

    /** Unpacked once for a build directory. */
    static Path binary() throws IOException {
        Path directory = Path.of("target", "qemu-7.2").toAbsolutePath();
        Path tree = directory.resolve("tree");
        if (!Files.exists(tree)) {
            DurableFiles.deleteTree(directory);
            Path next = Files.createDirectories(directory.resolve("next"));
            Path archives = Files.createDirectories(directory.resolve("archives"));
            download(archives);
            try (DirectoryStream<Path> found = Files.newDirectoryStream(archives, "*.deb")) {
                for (Path archive : found) {
                    Command.of("dpkg-deb", "--extract", archive.toString(), next.toString())
                            .check();
                }
            }
            Files.move(next, tree);
        }
        return tree.resolve("usr/bin/qemu-system-x86_64");
    }

    private static void download(Path directory) {
        List<String> line = new ArrayList<>(List.of("apt-get", "-q"));
        if (Programs.isRoot()) {
            // apt's own user can't write here.
            line.addAll(List.of("-o", "APT::Sandbox::User=root"));
        }
        line.add("download");
        PACKAGES.forEach(p -> line.add(p.contains("=") ? p : p + "=" + VERSION));
        if (Command.of(line).in(directory).run().exitCode() != 0) {
            // Perhaps a version that has left the archive since the lists were fetched.
            Command.of("apt-get", "-q", "update").run();
            Command.of(line).in(directory).check();
        }
    }
}

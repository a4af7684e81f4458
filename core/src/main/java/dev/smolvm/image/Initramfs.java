package dev.smolvm.image;

import dev.smolvm.store.DurableFiles;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveOutputStream;
import org.apache.commons.compress.archivers.cpio.CpioConstants;

/**
 * The initramfs: the agent as {@code /init}, the modules it loads in {@code /lib/modules}, and {@code /modules.list} that
 * names them, without {@code .ko}, in load order.
 * Equal content gives equal bytes. Not compressed: it is small, and unpacking costs an emulated CPU more than reading.
 */
final class Initramfs {
    private final CpioArchiveOutputStream cpio;
    private long inode = 1;

    private Initramfs(CpioArchiveOutputStream cpio) {
        this.cpio = cpio;
    }

    static void write(Path file, byte[] agent, List<Path> modules) throws IOException {
        DurableFiles.createFile(file);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
                CpioArchiveOutputStream cpio = new CpioArchiveOutputStream(out, CpioConstants.FORMAT_NEW)) {
            new Initramfs(cpio).write(agent, modules);
        }
    }

    private void write(byte[] agent, List<Path> modules) throws IOException {
        for (String directory : List.of("dev", "proc", "sys", "run", "root", "lib", "lib/modules")) {
            add(directory, CpioConstants.C_ISDIR | 0755, new byte[0]);
        }
        add("init", CpioConstants.C_ISREG | 0755, agent);
        String list = modules.stream()
                .map(m -> m.getFileName().toString().replaceFirst("\\.ko$", "\n"))
                .collect(Collectors.joining());
        add("modules.list", CpioConstants.C_ISREG | 0644, list.getBytes(StandardCharsets.UTF_8));
        for (Path module : modules) {
            add("lib/modules/" + module.getFileName(), CpioConstants.C_ISREG | 0644, Files.readAllBytes(module));
        }
    }

    private void add(String name, int mode, byte[] content) throws IOException {
        CpioArchiveEntry entry = new CpioArchiveEntry(CpioConstants.FORMAT_NEW, name, content.length);
        entry.setMode(mode);
        entry.setInode(inode++);
        entry.setNumberOfLinks((mode & CpioConstants.S_IFMT) == CpioConstants.C_ISDIR ? 2 : 1);
        entry.setTime(0);
        cpio.putArchiveEntry(entry);
        cpio.write(content);
        cpio.closeArchiveEntry();
    }
}

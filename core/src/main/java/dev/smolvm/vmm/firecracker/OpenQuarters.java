package dev.smolvm.vmm.firecracker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The run directory itself, with links to what lies elsewhere; the launcher confines the process to those files. */
record OpenQuarters(Path run) implements Quarters {
    @Override
    public void give(String name, Path file, boolean writable) throws IOException {
        Files.createSymbolicLink(run.resolve(name), file);
    }

    @Override
    public void openCapture(Path directory) throws IOException {
        Path link = run.resolve(RunFiles.CAPTURE);
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, directory);
    }

    @Override
    public void closeCapture(Path directory, List<String> files) throws IOException {
        Files.deleteIfExists(run.resolve(RunFiles.CAPTURE));
    }
}

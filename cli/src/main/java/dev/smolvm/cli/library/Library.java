package dev.smolvm.cli.library;

/** What the commands ask of the library. The real one is {@link OpenedLibrary}; tests put a fake in its place. */
public interface Library {
    SandboxLibrary sandboxes();

    SnapshotLibrary snapshots();

    ImageLibrary images();

    InspectionLibrary inspection();
}

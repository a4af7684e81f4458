package dev.smolvm.cli.library;

/** What the commands ask of the library. The real one is {@link OpenedLibrary}; tests put a fake in its place. */
public interface Library {
    SandboxLibrary sandboxes();

    SnapshotLibrary snapshots();

    ForkLibrary forks();

    ArchiveLibrary archives();

    ImageLibrary images();

    UpkeepLibrary upkeep();

    HistoryLibrary history();

    CheckpointLibrary checkpoints();

    InspectionLibrary inspection();
}

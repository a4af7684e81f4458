package dev.smolvm.store;

import java.nio.file.Files;
import java.nio.file.Path;

/** Owns every path in the store. docs/format.md shows the tree. */
public record StoreLayout(Path root) {
    static final String VM = "vm";
    /** Below an image's directory. */
    public static final String TEMPLATES = "templates";

    public StoreLayout {
        root = root.toAbsolutePath().normalize();
    }

    public Path format() {
        return root.resolve("format");
    }

    /** One file whose byte ranges are the store's locks; see {@link StoreLocks}. */
    public Path locks() {
        return root.resolve("locks");
    }

    public Path images() {
        return root.resolve("images");
    }

    public Path image(ImageName name) {
        return images().resolve(name.value());
    }

    public Path imageManifest(ImageName name) {
        return image(name).resolve("manifest.json");
    }

    /** Saved states from which sandboxes of an image are made; they go with it. */
    public Path templates(ImageName name) {
        return image(name).resolve(TEMPLATES);
    }

    public Path layers() {
        return root.resolve("layers");
    }

    public Path blob(Blob blob) {
        return layers().resolve(blob.fileName());
    }

    public Path sandboxes() {
        return root.resolve("sandboxes");
    }

    public Path sandbox(SandboxName name) {
        return sandboxes().resolve(name.value());
    }

    public Path sandboxFile(SandboxName name) {
        return sandbox(name).resolve("sandbox.json");
    }

    /** What is being done to a sandbox's VM, or was when its doer died. */
    public Path unfinished(SandboxName name) {
        return sandbox(name).resolve("unfinished.json");
    }

    /** The part of a sandbox's directory that its VMM may write: overlays, run directories, unfinished captures. */
    public Path vm(SandboxName name) {
        return sandbox(name).resolve(VM);
    }

    /** A layer that its sandbox still may write. */
    public Path overlay(SandboxName name, BlobId id) {
        return vm(name).resolve(id.value() + BlobKind.LAYER.extension());
    }

    /** A raw disk of a sandbox's own. */
    public Path disk(SandboxName name, BlobId id) {
        return vm(name).resolve(id.value() + BlobKind.DISK.extension());
    }

    /** Where a layer of a sandbox's chain lies: sealed in the store, or still with the sandbox. */
    public Path layer(SandboxName name, BlobId id) {
        Path sealed = layers().resolve(id.value() + BlobKind.LAYER.extension());
        return Files.exists(sealed) ? sealed : overlay(name, id);
    }

    /** Sockets, pid and console of one VMM process; a restore starts the next one beside the old. */
    public Path run(SandboxName name, long generation) {
        return vm(name).resolve("run-" + generation);
    }

    /** Names the process of a run directory, where the VMM cannot write. */
    public static Path pidFile(Path run) {
        return run.getParent().getParent().resolve(run.getFileName() + ".pid");
    }

    /** Names the process that forwards a port to the machine of a run directory, where the VMM cannot write. */
    public static Path forwardFile(Path run, int hostPort) {
        return run.getParent().getParent().resolve(run.getFileName() + ".forward-" + hostPort + ".pid");
    }

    /** What a VMM saves until it is complete and published. */
    public Path capture(SandboxName name) {
        return vm(name).resolve("capture");
    }

    public Path console(SandboxName name) {
        return sandbox(name).resolve("console.log");
    }

    public Path snapshots() {
        return root.resolve("snapshots");
    }

    public Path snapshot(SnapshotId id) {
        return snapshots().resolve(id.value());
    }

    public Path snapshotManifest(SnapshotId id) {
        return snapshot(id).resolve("manifest.json");
    }

    /** Which sandbox a snapshot was last restored to; written beside the immutable files. */
    public Path snapshotRestored(SnapshotId id) {
        return snapshot(id).resolve("restored.json");
    }

    /** What its user has written to a snapshot; beside the immutable files too. */
    public Path snapshotNotes(SnapshotId id) {
        return snapshot(id).resolve("notes.json");
    }

    /** What a restored guest touches of its memory; beside the immutable files as well. */
    public Path workingSet(Path snapshot) {
        return snapshot.resolve("working-set");
    }

    /** The library's own native programs, and what was found out about the host. */
    public Path tools() {
        return root.resolve("tools");
    }

    /** There while unused layers wait for a command that may remove them: see {@link BlobCollector}. */
    Path collectionDue() {
        return tmp().resolve("collect");
    }

    /** What lists show of snapshots, kept from one to the next; it can be made again. */
    public Path snapshotIndex() {
        return tools().resolve("snapshots.index");
    }

    /** That mark while somebody collects; one that its collector left when it died is swept as any leftover. */
    Path collecting() {
        return tmp().resolve("collecting");
    }

    public Path tmp() {
        return root.resolve("tmp");
    }
}

package dev.smolvm.sandbox;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.JsonFormatException;
import dev.smolvm.json.JsonParser;
import dev.smolvm.store.DurableFiles;
import dev.smolvm.store.PendingSyncs;
import dev.smolvm.store.Replacement;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.Store;
import dev.smolvm.store.StoreLocks;
import dev.smolvm.store.VmmProcesses;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads and writes the sandboxes' records, and clears away what dead commands left beside them. */
public final class SandboxRecords {
    private final Store store;

    public SandboxRecords(Store store) {
        this.store = store;
    }

    public Store store() {
        return store;
    }

    public boolean exists(SandboxName name) {
        return Files.exists(store.layout().sandboxFile(name));
    }

    public Optional<SandboxRecord> find(SandboxName name) {
        try {
            return Optional.of(read(name));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** @throws SmolVmException not found; integrity: the record is damaged */
    public SandboxRecord load(SandboxName name) {
        return find(name)
                .orElseThrow(() -> new SmolVmException(
                        ErrorKind.NOT_FOUND, "there is no sandbox " + name, "smolvm sandbox list shows all sandboxes"));
    }

    private SandboxRecord read(SandboxName name) throws NoSuchFileException {
        Path file = store.layout().sandboxFile(name);
        try {
            return SandboxRecord.fromJson(JsonParser.read(file));
        } catch (JsonFormatException | SmolVmException e) {
            throw new SmolVmException(
                    ErrorKind.INTEGRITY,
                    "the record of sandbox " + name + " is damaged: " + e.getMessage(),
                    "restore one of its snapshots: smolvm sandbox snapshot list --vm-id " + name,
                    e);
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException e) {
            throw SmolVmException.of("read the record of sandbox " + name, e);
        }
    }

    /** Durable when it returns. */
    public void save(SandboxRecord record) {
        try {
            store.replaceFile(
                    store.layout().sandboxFile(record.name()), record.toJson().pretty());
        } catch (IOException e) {
            throw SmolVmException.of("save the record of sandbox " + record.name(), e);
        }
    }

    /**
     * A record that is to be published later, by {@link Replacement#publish}.
     *
     * @param syncs to be awaited before
     */
    public Replacement prepare(SandboxRecord record, PendingSyncs syncs) {
        try {
            return store.prepareFile(
                    store.layout().sandboxFile(record.name()), record.toJson().pretty(), syncs);
        } catch (IOException e) {
            throw SmolVmException.of("save the record of sandbox " + record.name(), e);
        }
    }

    /** Names of all sandboxes, sorted. */
    public List<SandboxName> names() {
        List<SandboxName> names = new ArrayList<>();
        try (DirectoryStream<Path> directories =
                Files.newDirectoryStream(store.layout().sandboxes())) {
            for (Path directory : directories) {
                if (Files.exists(directory.resolve("sandbox.json"))) {
                    name(directory).ifPresent(names::add);
                }
            }
        } catch (IOException e) {
            throw SmolVmException.of("list sandboxes", e);
        }
        names.sort(null);
        return names;
    }

    /** Finds a sandbox by name, id or unambiguous prefix of its id. */
    public SandboxName resolve(String reference) {
        // A prefix of an id is always a valid name.
        SandboxName named = new SandboxName(reference);
        if (named.template().isPresent()) {
            return named.requireUsers();
        }
        if (exists(named)) {
            return named;
        }
        List<SandboxName> matches = new ArrayList<>();
        for (SandboxName name : names()) {
            if (name.template().isEmpty() && idOf(name).startsWith(reference)) {
                matches.add(name);
            }
        }
        if (matches.size() > 1) {
            throw new SmolVmException(
                    ErrorKind.CONFLICT,
                    reference + " could be any of the sandboxes " + matches,
                    "give the name, or more of the id");
        }
        return matches.isEmpty() ? load(named).name() : matches.getFirst();
    }

    /** Empty where the record is damaged, or was removed just now: that hides no other sandbox. */
    private String idOf(SandboxName name) {
        try {
            return find(name).map(r -> r.definition().id()).orElse("");
        } catch (SmolVmException e) {
            return "";
        }
    }

    /**
     * Removes what a dead command left in the sandbox's directory: VMM processes and run directories that are not the
     * record's, layers that are not in its chains, unfinished captures. The caller holds the sandbox's lock.
     */
    public void tidy(SandboxRecord record) {
        Set<String> wanted = new HashSet<>();
        wanted.add("run-" + record.generation());
        for (DiskRecord.Chain chain : record.chains()) {
            chain.open()
                    .forEach(id -> wanted.add(store.layout()
                            .overlay(record.name(), id)
                            .getFileName()
                            .toString()));
        }
        for (DiskRecord.Whole whole : record.wholeDisks()) {
            wanted.add(store.layout()
                    .disk(record.name(), whole.file())
                    .getFileName()
                    .toString());
        }
        try (DirectoryStream<Path> entries =
                Files.newDirectoryStream(store.layout().vm(record.name()))) {
            for (Path entry : entries) {
                if (!wanted.contains(entry.getFileName().toString())) {
                    clear(entry);
                }
            }
        } catch (IOException e) {
            throw SmolVmException.of("clear leftovers of sandbox " + record.name(), e);
        }
    }

    /** The number of the newest run directory that is there; 0 if there is none. Works without a record. */
    public long lastGeneration(SandboxName name) throws IOException {
        long last = 0;
        try (DirectoryStream<Path> runs =
                Files.newDirectoryStream(store.layout().vm(name), "run-*")) {
            for (Path run : runs) {
                String number = run.getFileName().toString().substring("run-".length());
                if (!number.isEmpty() && number.length() < 18 && number.chars().allMatch(Character::isDigit)) {
                    last = Math.max(last, Long.parseLong(number));
                }
            }
        }
        return last;
    }

    /** Removes directories of sandboxes whose creation or restore died before there was a record; whether there were any. */
    boolean sweep() {
        boolean swept = false;
        try (DirectoryStream<Path> directories =
                Files.newDirectoryStream(store.layout().sandboxes())) {
            for (Path directory : directories) {
                if (!Files.exists(directory.resolve("sandbox.json"))) {
                    Optional<SandboxName> name = name(directory);
                    swept |= name.isPresent() && discardIfAbandoned(name.get());
                }
            }
        } catch (IOException e) {
            throw SmolVmException.of("clear leftovers", e);
        }
        return swept;
    }

    private boolean discardIfAbandoned(SandboxName name) throws IOException {
        Optional<StoreLocks.Held> lock = store.locks().trySandbox(name);
        if (lock.isEmpty()) {
            return false;
        }
        try (StoreLocks.Held held = lock.get()) {
            discardUnfinished(name);
            return true;
        }
    }

    /** Empty for what somebody else put there. */
    private static Optional<SandboxName> name(Path directory) {
        try {
            return Optional.of(new SandboxName(directory.getFileName().toString()));
        } catch (SmolVmException e) {
            return Optional.empty();
        }
    }

    /** Removes a sandbox's directory if it has no record. The caller holds the sandbox's lock. */
    public void discardUnfinished(SandboxName name) throws IOException {
        Path directory = store.layout().sandbox(name);
        if (Files.exists(directory) && !exists(name)) {
            clear(directory);
        }
    }

    private static void clear(Path path) throws IOException {
        if (Files.isDirectory(path, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
            VmmProcesses.end(path);
        }
        DurableFiles.deleteTree(path);
    }
}

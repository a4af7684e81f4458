package dev.smolvm.bench.peer.libvirt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The ways in which virsh saves a running guest with its memory, and brings it back. */
enum Way {
    /** Into a file; the guest ends with it. */
    SAVE("virsh save, restore", true) {
        @Override
        Saved save(Domain domain) {
            Saved saved = new Saved(domain.newFile(".save"), domain.disk());
            domain.save(saved.state());
            return saved;
        }

        @Override
        Restore restorer(Domain domain, Saved saved) throws IOException {
            return onNewDisk(domain, saved);
        }
    },

    /** Into the disk's own file, where QEMU keeps snapshots; the guest stands still. */
    INTERNAL("virsh snapshot-create-as, snapshot-revert", false) {
        @Override
        Saved save(Domain domain) {
            domain.snapshotInside();
            return new Saved(null, domain.disk());
        }

        @Override
        Restore restorer(Domain domain, Saved saved) {
            return domain::revert;
        }

        @Override
        void forget(Domain domain, Saved saved) {
            domain.deleteInside();
        }
    },

    /** Into a file of its own while the guest runs; its disk goes on in a new file. */
    EXTERNAL("virsh snapshot-create-as --live --memspec, restore", false) {
        @Override
        Saved save(Domain domain) {
            Saved saved = new Saved(domain.newFile(".memory"), domain.disk());
            domain.snapshotBeside(saved.state(), domain.newFile(".qcow2"));
            return saved;
        }

        @Override
        Restore restorer(Domain domain, Saved saved) throws IOException {
            return onNewDisk(domain, saved);
        }
    };

    private final String words;
    private final boolean endsGuest;

    Way(String words, boolean endsGuest) {
        this.words = words;
        this.endsGuest = endsGuest;
    }

    /**
     * @param state the file with the memory; null where it is inside the disk
     * @param disk as it was then
     */
    record Saved(Path state, Path disk) {}

    /** The part of a restore that is measured. */
    @FunctionalInterface
    interface Restore {
        void run() throws IOException;
    }

    /** As it is shown. */
    String words() {
        return words;
    }

    /** Whether the guest ends with being saved. */
    boolean endsGuest() {
        return endsGuest;
    }

    abstract Saved save(Domain domain);

    /** Continues a guest that ended, once, on its own disk. */
    void resume(Domain domain, Saved saved) throws IOException {
        domain.restore(saved.state(), domain.xmlFile());
    }

    /** Prepares a restore; the guest does not run. */
    abstract Restore restorer(Domain domain, Saved saved) throws IOException;

    void forget(Domain domain, Saved saved) throws IOException {
        Files.delete(saved.state());
    }

    /** A saved guest can be brought back again and again only if none of those writes to the disk that it was saved with. */
    private static Restore onNewDisk(Domain domain, Saved saved) throws IOException {
        domain.writesAbove(saved.disk());
        Path definition = domain.xmlFile();
        return () -> domain.restore(saved.state(), definition);
    }
}

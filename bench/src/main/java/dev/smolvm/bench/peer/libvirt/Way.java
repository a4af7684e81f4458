package dev.smolvm.bench.peer.libvirt;

import dev.smolvm.bench.peer.GuestFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The ways in which virsh saves a running guest with its memory, and brings it back. */
enum Way {
    /** Into a file; the guest ends with it. */
    SAVE("virsh save, restore") {
        @Override
        Saved save(Domain domain) {
            Path state = domain.newFile(".save");
            domain.save(state);
            return new Saved(state, domain.disk());
        }

        @Override
        void resume(Domain domain, Saved saved) throws IOException {
            domain.restore(saved.state(), domain.xmlFile());
        }

        @Override
        Restore restorer(Domain domain, Saved saved) throws IOException {
            return onNewDisk(domain, saved);
        }
    },

    /** Into the disk's own file, where QEMU keeps snapshots; the guest stands still. */
    INTERNAL("virsh snapshot-create-as, snapshot-revert") {
        private static final String TAG = "saved";

        @Override
        Saved save(Domain domain) {
            domain.virsh("snapshot-create-as", DomainXml.NAME, TAG);
            return new Saved(null, domain.disk());
        }

        @Override
        void resume(Domain domain, Saved saved) {
            // It has gone on already.
        }

        @Override
        void forget(Domain domain, Saved saved) {
            domain.virsh("snapshot-delete", DomainXml.NAME, TAG);
        }

        @Override
        Restore restorer(Domain domain, Saved saved) {
            return () -> domain.virsh("snapshot-revert", DomainXml.NAME, TAG, "--running");
        }
    },

    /** Into a file of its own while the guest runs; its disk goes on in a new file. */
    EXTERNAL("virsh snapshot-create-as --live --memspec, restore") {
        @Override
        Saved save(Domain domain) {
            Saved saved = new Saved(domain.newFile(".memory"), domain.disk());
            Path next = domain.newFile(".qcow2");
            domain.virsh(
                    "snapshot-create-as",
                    DomainXml.NAME,
                    "--no-metadata",
                    "--live",
                    "--memspec",
                    "file=" + saved.state() + ",snapshot=external",
                    "--diskspec",
                    "vda,snapshot=external,file=" + next);
            domain.writesTo(next);
            return saved;
        }

        @Override
        void resume(Domain domain, Saved saved) {
            // It has gone on already.
        }

        @Override
        Restore restorer(Domain domain, Saved saved) throws IOException {
            return onNewDisk(domain, saved);
        }
    };

    private final String words;

    Way(String words) {
        this.words = words;
    }

    /**
     * @param state the file with the memory; null where it is inside the disk
     * @param disk as it was then; nobody writes to it while it is used
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

    abstract Saved save(Domain domain) throws IOException;

    /** Lets the guest go on after it was saved, where it does not do so by itself. */
    abstract void resume(Domain domain, Saved saved) throws IOException;

    /** Prepares a restore in the place of the guest that runs. */
    abstract Restore restorer(Domain domain, Saved saved) throws IOException;

    void forget(Domain domain, Saved saved) throws IOException {
        Files.delete(saved.state());
    }

    /** A saved guest can be brought back again and again only if none of those writes to the disk that it was saved with. */
    private static Restore onNewDisk(Domain domain, Saved saved) throws IOException {
        Path layer = domain.newFile(".qcow2");
        GuestFiles.overlay(saved.disk(), layer);
        domain.writesTo(layer);
        Path definition = domain.xmlFile();
        return () -> {
            domain.destroy();
            domain.restore(saved.state(), definition);
        };
    }
}

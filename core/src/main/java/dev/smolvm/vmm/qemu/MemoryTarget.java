package dev.smolvm.vmm.qemu;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.vmm.MemoryForm;
import java.io.IOException;
import java.nio.file.Path;

/** Where a migration puts the guest's memory: in the end each page lies in its place in one file. */
sealed interface MemoryTarget permits MemoryTarget.Mapped, MemoryTarget.Streamed {
    Path memory();

    /** What QEMU is told to migrate to. */
    String uri();

    /** Whether the state of the devices comes with the memory; else it has to be saved by itself. */
    boolean withDevices();

    /**
     * To be called once the migration is completed.
     *
     * @param deviceState where the state of the devices goes, if it comes with the memory
     */
    Saved finish(Path deviceState) throws IOException;

    /** Why a migration failed: the host's side knows better than QEMU, which only sees that nobody listens any more. */
    RuntimeException reason(RuntimeException seen);

    /**
     * @param offset where page 0 lies in the file
     * @param bytes size of the guest's memory
     */
    record Saved(long offset, long bytes, MemoryForm form) {}

    /** QEMU writes the file. */
    record Mapped(Path memory) implements MemoryTarget {
        @Override
        public String uri() {
            return "file:" + memory;
        }

        @Override
        public boolean withDevices() {
            return true;
        }

        @Override
        public Saved finish(Path deviceState) throws IOException {
            MappedRamFile file = MappedRamFile.read(memory);
            DeviceSections.copy(file, deviceState);
            MappedRamFile.Block ram = file.block(QemuCommandLine.RAM);
            file.clearStalePages(ram);
            return new Saved(ram.pagesOffset(), ram.length(), MemoryForm.MAPPED);
        }

        @Override
        public RuntimeException reason(RuntimeException seen) {
            return seen;
        }
    }

    /** We write it, from QEMU's stream. */
    record Streamed(Path memory, RamStream stream) implements MemoryTarget {
        @Override
        public String uri() {
            return stream.uri();
        }

        @Override
        public boolean withDevices() {
            return false;
        }

        @Override
        public Saved finish(Path deviceState) {
            return new Saved(0, stream.await(), MemoryForm.STREAM);
        }

        @Override
        public RuntimeException reason(RuntimeException seen) {
            try {
                stream.requireSound();
                return seen;
            } catch (SmolVmException e) {
                e.addSuppressed(seen);
                return e;
            }
        }
    }
}

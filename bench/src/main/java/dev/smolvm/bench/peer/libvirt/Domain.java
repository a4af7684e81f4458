package dev.smolvm.bench.peer.libvirt;

import dev.smolvm.bench.lab.GuestShell;
import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.CannotRunHereException;
import dev.smolvm.bench.peer.Enclosure;
import dev.smolvm.bench.peer.GuestFiles;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.GuestAddress;
import dev.smolvm.guest.connect.GuestConnectors;
import dev.smolvm.store.ImageName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The one guest of a {@link Libvirt}, and the files that its saved states are. */
final class Domain implements AutoCloseable {
    private static final Duration BOOT = Duration.ofSeconds(120);

    private final Libvirt libvirt;
    private final DomainXml xml;
    private final Path files;
    private Path disk;
    private boolean running;
    private int made;

    private Domain(Libvirt libvirt, DomainXml xml, Path files, Path disk) {
        this.libvirt = libvirt;
        this.xml = xml;
        this.files = files;
        this.disk = disk;
    }

    /**
     * Makes all but the guest's process.
     *
     * @param cache see {@link Libvirt#start}
     */
    static Domain define(Lab lab, ImageName image, int memoryMib, Path cache)
            throws CannotRunHereException, IOException, InterruptedException {
        GuestFiles guest = GuestFiles.of(lab, image);
        Path files = lab.directory("libvirt");
        Path disk = files.resolve("disk.qcow2");
        GuestFiles.overlay(guest.disk(), disk);
        Libvirt libvirt = Libvirt.start(cache);
        DomainXml xml = new DomainXml(
                Enclosure.hasKvm() ? "kvm" : "qemu", "q35", GuestFiles.qemu(), guest, memoryMib, libvirt.directory());
        return new Domain(libvirt, xml, files, disk);
    }

    String version() {
        return libvirt.version();
    }

    String virsh(String... arguments) {
        return libvirt.virsh(arguments);
    }

    void boot() throws IOException {
        virsh("create", xmlFile().toString());
        running = true;
    }

    /** Ends the guest if it runs. */
    void destroy() {
        if (running) {
            virsh("destroy", DomainXml.NAME);
            running = false;
        }
    }

    /** Saves the guest with its end. */
    void save(Path state) {
        virsh("save", DomainXml.NAME, state.toString());
        running = false;
    }

    /** Continues a saved guest, with the disk that it has now. */
    void restore(Path state, Path definition) {
        virsh("restore", state.toString(), "--xml", definition.toString(), "--running");
        running = true;
    }

    /** A session over the domain's channels, as a sandbox has them. */
    Guest connect() {
        return GuestConnectors.standard()
                .connect(new GuestAddress.VirtioSerial(libvirt.directory(), DomainXml.PORTS), BOOT);
    }

    void firstCommand() {
        try (Guest guest = connect()) {
            guest.exec(ExecRequest.of("true"), ExecIo.none());
        }
    }

    void run(String script) {
        try (Guest guest = connect()) {
            GuestShell.run(guest, script);
        }
    }

    /** The file that the guest writes to now. */
    Path disk() {
        return disk;
    }

    /** From now on the guest writes, or will, to another file. */
    void writesTo(Path other) {
        disk = other;
    }

    /** For a state or a disk; not there yet. */
    Path newFile(String suffix) {
        return files.resolve("f" + ++made + suffix);
    }

    /** The domain's definition with the disk that it has now. */
    Path xmlFile() throws IOException {
        return Files.writeString(files.resolve("domain.xml"), xml.with(disk));
    }

    @Override
    public void close() throws IOException {
        libvirt.close();
    }
}

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

/** The one guest of a {@link Libvirt}, and the files that its disks and saved states are. */
final class Domain implements AutoCloseable {
    private static final String SNAPSHOT = "saved";
    private static final Duration BOOT = Duration.ofSeconds(120);

    private final Libvirt libvirt;
    private final DomainXml xml;
    private final Path files;
    private final String version;
    private Path disk;
    private boolean running;
    private int made;

    private Domain(Libvirt libvirt, DomainXml xml, Path files) {
        this.libvirt = libvirt;
        this.xml = xml;
        this.files = files;
        this.version = libvirt.version();
    }

    /**
     * With an empty layer on the image's disk; it does not run yet.
     *
     * @param cache see {@link Libvirt#start}
     */
    static Domain of(Lab lab, ImageName image, int memoryMib, Path cache)
            throws CannotRunHereException, IOException, InterruptedException {
        GuestFiles guest = GuestFiles.of(lab, image);
        Libvirt libvirt = Libvirt.start(cache);
        DomainXml xml = new DomainXml(
                Enclosure.hasKvm() ? "kvm" : "qemu", "q35", GuestFiles.qemu(), guest, memoryMib, libvirt.directory());
        Domain domain = new Domain(libvirt, xml, lab.directory("libvirt"));
        domain.writesAbove(guest.disk());
        return domain;
    }

    /** libvirt's. */
    String version() {
        return version;
    }

    /** Boots a domain that libvirt forgets when it ends. */
    void create() throws IOException {
        virsh("create", xmlFile().toString());
        running = true;
    }

    /** Boots one that libvirt knows also while it does not run, as one with snapshots has to be. */
    void start() throws IOException {
        virsh("define", xmlFile().toString());
        virsh("start", DomainXml.NAME);
        running = true;
    }

    void suspend() {
        virsh("suspend", DomainXml.NAME);
    }

    void resume() {
        virsh("resume", DomainXml.NAME);
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

    /** Continues a saved guest with the disk that is defined there. */
    void restore(Path state, Path definition) {
        virsh("restore", state.toString(), "--xml", definition.toString(), "--running");
        running = true;
    }

    /** Saves the guest inside its disk; it goes on. */
    void snapshotInside() {
        virsh("snapshot-create-as", DomainXml.NAME, SNAPSHOT);
    }

    /** Continues what was saved there. */
    void revert() {
        virsh("snapshot-revert", DomainXml.NAME, SNAPSHOT, "--running");
        running = true;
    }

    void deleteInside() {
        virsh("snapshot-delete", DomainXml.NAME, SNAPSHOT);
    }

    /** Saves the guest while it runs; it goes on with {@code next} as its disk. */
    void snapshotBeside(Path memory, Path next) {
        virsh(
                "snapshot-create-as",
                DomainXml.NAME,
                "--no-metadata",
                "--live",
                "--memspec",
                "file=" + memory + ",snapshot=external",
                "--diskspec",
                "vda,snapshot=external,file=" + next);
        disk = next;
    }

    private void virsh(String... arguments) {
        libvirt.virsh(arguments);
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

    /** The file that the guest writes to. */
    Path disk() {
        return disk;
    }

    /** Gives it an empty layer above what nobody may write to any more. */
    Path writesAbove(Path backing) {
        Path layer = newFile(".qcow2");
        GuestFiles.overlay(backing, layer);
        disk = layer;
        return layer;
    }

    /** For a state or a disk; not there yet. */
    Path newFile(String suffix) {
        return files.resolve(++made + suffix);
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

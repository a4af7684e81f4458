package dev.smolvm.bench.peer.libvirt;

import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.Contender;
import dev.smolvm.bench.measure.Role;
import java.io.IOException;

/** One that does something with a domain; the domain's process and daemon end with it. */
abstract class DomainContender implements Contender {
    private final String words;
    private final Lab lab;
    private final int memoryMib;
    private Domain domain;

    /** @param words what is done, as a user of virsh would call it */
    DomainContender(String words, Lab lab, int memoryMib) {
        this.words = words;
        this.lab = lab;
        this.memoryMib = memoryMib;
    }

    @Override
    public final String name() {
        return words + (domain == null ? "" : " (libvirt " + domain.version() + ")");
    }

    @Override
    public final Role role() {
        return Role.PEER;
    }

    @Override
    public final void prepare() throws Exception {
        domain = Domain.of(lab, lab.image(), memoryMib, lab.directory("libvirt-cache"));
        prepare(domain);
    }

    void prepare(Domain ready) throws Exception {}

    final Domain domain() {
        return domain;
    }

    @Override
    public final void close() throws IOException {
        if (domain != null) {
            domain.close();
        }
    }
}

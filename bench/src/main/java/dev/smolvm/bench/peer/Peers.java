package dev.smolvm.bench.peer;

import dev.smolvm.bench.peer.libvirt.LibvirtPeer;
import dev.smolvm.bench.peer.python.ExecSandbox;
import dev.smolvm.bench.peer.python.PythonSmolVm;
import java.util.ArrayList;
import java.util.List;

/** The programs that smolvm is compared with. */
public final class Peers {
    public static final List<Peer> ALL = all();

    private Peers() {}

    private static List<Peer> all() {
        List<Peer> all = new ArrayList<>(LibvirtPeer.all());
        all.add(new PythonSmolVm());
        all.add(new ExecSandbox());
        return List.copyOf(all);
    }
}

package dev.smolvm.bench.peer;

import dev.smolvm.bench.peer.libvirt.LibvirtPeer;
import java.util.List;

/** The programs that smolvm is compared with. */
public final class Peers {
    public static final List<Peer> ALL = LibvirtPeer.all();

    private Peers() {}
}

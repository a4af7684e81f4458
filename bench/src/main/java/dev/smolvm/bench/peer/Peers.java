package dev.smolvm.bench.peer;

import java.util.List;

/** The programs that smolvm is compared with. */
public final class Peers {
    public static final List<Peer> ALL = List.of();

    private Peers() {}
}

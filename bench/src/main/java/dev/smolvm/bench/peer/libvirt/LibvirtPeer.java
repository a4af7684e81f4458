package dev.smolvm.bench.peer.libvirt;

import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.Contender;
import dev.smolvm.bench.measure.Scenario;
import dev.smolvm.bench.peer.Peer;
import dev.smolvm.bench.scenario.Create;
import dev.smolvm.bench.scenario.Restore;
import dev.smolvm.bench.scenario.SaveSnapshot;
import dev.smolvm.bench.scenario.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * libvirt, where it is installed, by its command {@code virsh}: with a daemon of our own, and a domain with the kernel, the disk,
 * the agent and the accelerator of our sandboxes.
 */
public final class LibvirtPeer {
    /** To fill a larger guest takes minutes under TCG, so only the way that is most like ours is measured with those. */
    private static final int ALL_WAYS_UP_TO_MIB = 1024;

    private LibvirtPeer() {}

    /** A boot, and each way to save. */
    public static List<Peer> all() {
        List<Peer> all = new ArrayList<>();
        all.add((scenario, lab) -> scenario instanceof Create ? Optional.of(new Boots(lab)) : Optional.empty());
        for (Way way : Way.values()) {
            all.add((scenario, lab) -> contender(way, scenario, lab));
        }
        return List.copyOf(all);
    }

    private static Optional<Contender> contender(Way way, Scenario scenario, Lab lab) {
        if (scenario instanceof SaveSnapshot(var shape) && isMeasured(way, shape)) {
            return Optional.of(new Saves(way, lab, shape));
        }
        return scenario instanceof Restore(var shape, var layers) && layers == 1 && isMeasured(way, shape)
                ? Optional.of(new Restores(way, lab, shape))
                : Optional.empty();
    }

    private static boolean isMeasured(Way way, Shape shape) {
        return shape.memoryMib() <= ALL_WAYS_UP_TO_MIB || way == Way.EXTERNAL;
    }
}

package dev.smolvm.bench.peer;

import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.Contender;
import dev.smolvm.bench.measure.Scenario;
import java.util.Optional;

/**
 * Another program to compare with: an implementation, and a line in {@link Peers#ALL}.
 *
 * <p>For every scenario that is measured it is asked for a contender of the role {@link
 * dev.smolvm.bench.measure.Role#PEER PEER}, which takes its rounds in turn with ours. Scenarios are public records, so a peer
 * tells them apart by pattern, and finds the sizes in them: {@code if (scenario instanceof SaveAndRestore(var shape, ...))}.
 *
 * <p>What the peer can do, its contender records as the <em>same</em> {@link dev.smolvm.bench.measure.Figure} constants that
 * ours records, which are public in the scenario's class; the ratio follows from that. What it cannot do it does not record:
 * nothing is estimated. Where it cannot run at all, {@link Contender#prepare} throws a {@link
 * dev.smolvm.bench.measure.CannotRunHereException} with the peer's own error as its text. {@link Contender#close} ends every
 * process that it started, also after a failure half way; directories come from {@link Lab#directory}, which the run removes.
 */
public interface Peer {
    /** A contender for a scenario; empty where the peer has no such operation. Costs nothing yet. */
    Optional<Contender> contender(Scenario scenario, Lab lab);
}

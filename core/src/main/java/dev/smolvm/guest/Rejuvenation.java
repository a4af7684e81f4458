package dev.smolvm.guest;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a guest is told after a restore. The clock and fresh entropy are always given; they are taken when it is sent.
 *
 * @param hostName a new host name, for a fork
 * @param machineId a new machine id (32 hex digits), for a fork
 * @param newMachine whether it is another machine from now on, a fork: it makes new SSH host keys, and ends the connections to
 *     the outside that it has inherited
 * @param variables what a fork is to give to every command, beside what it gives already
 * @param mac a new hardware address of its network card (six bytes as {@code 52:54:00:…}), for a fork that has one
 * @param rootBytes the size in bytes that a fork's root disk has got; its file system grows to it
 */
public record Rejuvenation(
        Optional<String> hostName,
        Optional<String> machineId,
        boolean newMachine,
        GuestVariables variables,
        Optional<String> mac,
        OptionalLong rootBytes) {
    /** Clock and randomness only. */
    public static Rejuvenation sameIdentity() {
        return new Rejuvenation(
                Optional.empty(), Optional.empty(), false, GuestVariables.NONE, Optional.empty(), OptionalLong.empty());
    }

    public static Rejuvenation fork(String hostName, String machineId, GuestVariables variables) {
        return new Rejuvenation(
                Optional.of(hostName), Optional.of(machineId), true, variables, Optional.empty(), OptionalLong.empty());
    }

    /** The same, on a machine that differs in this. */
    public Rejuvenation on(Optional<String> newMac, OptionalLong newRootBytes) {
        return new Rejuvenation(hostName, machineId, newMachine, variables, newMac, newRootBytes);
    }
}

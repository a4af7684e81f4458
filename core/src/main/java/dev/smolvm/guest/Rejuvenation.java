package dev.smolvm.guest;

import java.util.Optional;

/**
 * What a guest is told after a restore. The clock and fresh entropy are always given; they are taken when it is sent.
 *
 * @param hostName a new host name, for a fork
 * @param machineId a new machine id (32 hex digits), for a fork
 * @param newMachine whether it is another machine from now on, a fork: it makes new SSH host keys, and ends the connections to
 *     the outside that it has inherited
 * @param variables what a fork is to give to every command, beside what it gives already
 */
public record Rejuvenation(
        Optional<String> hostName, Optional<String> machineId, boolean newMachine, GuestVariables variables) {
    /** Clock and randomness only. */
    public static Rejuvenation sameIdentity() {
        return new Rejuvenation(Optional.empty(), Optional.empty(), false, GuestVariables.NONE);
    }

    public static Rejuvenation fork(String hostName, String machineId, GuestVariables variables) {
        return new Rejuvenation(Optional.of(hostName), Optional.of(machineId), true, variables);
    }
}

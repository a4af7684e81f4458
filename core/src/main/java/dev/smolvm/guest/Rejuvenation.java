package dev.smolvm.guest;

import java.util.Optional;

/**
 * What a guest is told after a restore. The clock and fresh entropy are always given; they are taken when it is sent.
 *
 * @param hostName a new host name, for a fork
 * @param machineId a new machine id (32 hex digits), for a fork
 * @param newHostKeys whether to make new SSH host keys, for a fork
 */
public record Rejuvenation(Optional<String> hostName, Optional<String> machineId, boolean newHostKeys) {
    /** Clock and randomness only. */
    public static Rejuvenation sameIdentity() {
        return new Rejuvenation(Optional.empty(), Optional.empty(), false);
    }
}

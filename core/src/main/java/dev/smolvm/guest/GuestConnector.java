package dev.smolvm.guest;

import java.time.Duration;

/** Opens sessions with guests. */
public interface GuestConnector {
    /**
     * Opens a session, trying until the deadline (a guest that boots is not there yet).
     *
     * @throws dev.smolvm.error.SmolVmException guest did not answer; conflict where every port is taken
     */
    Guest connect(GuestAddress address, Duration deadline);
}

package dev.smolvm.vmm;

import dev.smolvm.os.ProcessIdentity;
import java.time.Duration;

/**
 * A running machine, held by this process. Every method fails with VM died when its VMM ends, and with guest did not answer
 * when the VMM does not answer in time. Closing lets go of it; the machine goes on.
 */
public interface Vm extends AutoCloseable {
    ProcessIdentity process();

    VmState state();

    void pause();

    void resume();

    /** Tells the running guest the size that one of its disks has got since it looked at it. */
    void announceSize(String disk, long bytes);

    /** Presses the power button. */
    void powerButton();

    /** Ends the VMM in order: what it holds of the disks is written. */
    void quit();

    /** Ends the VMM at once, as a power cut would. */
    void kill();

    /** @throws dev.smolvm.error.SmolVmException unsupported: this VMM's disks have no layers, see {@link VmmCapabilities#layers} */
    LayeredDisks layers();

    /**
     * Saves memory and device state, and at that very moment moves the disks to their new layers or copies them. The guest is
     * left paused, or goes on if it ran and the request says so. On failure it is as before, though its disks may have moved:
     * {@link LayeredDisks#activeLayers()} tells.
     */
    CapturedState capture(CaptureRequest request);

    /** At most so many bytes of the guest's memory hold something else than zeros. */
    long memoryInUse();

    /**
     * What memory holds is known by this name from the last {@link #capture}, or the load of a saved state, on: a later capture
     * may save the changes alone. To be called once what was captured is safe.
     */
    void marked(String name);

    /**
     * Ends a capture whose command died, with the copies of disks that it began: afterwards none is in progress, the VMM has its
     * disks, and a guest that the VMM stopped for its last pass runs again. Does nothing where there was none.
     */
    void abandonCapture();

    /** Forwards 127.0.0.1:{@code hostPort} to the guest; conflict where the port is taken. */
    void forward(int hostPort, int guestPort);

    void unforward(int hostPort);

    /** What the guest wrote to its console since the last call. */
    byte[] drainConsole();

    /** Waits for the VMM to end or the guest to power off. */
    boolean awaitPowerOff(Duration limit);

    @Override
    void close();
}

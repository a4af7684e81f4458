package dev.smolvm.vmm;

import dev.smolvm.os.ProcessIdentity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A running machine, held by this process. Every method fails with VM died when its VMM ends, and with guest did not answer
 * when the VMM does not answer in time. Closing lets go of it; the machine goes on.
 */
public interface Vm extends AutoCloseable {
    ProcessIdentity process();

    VmState state();

    void pause();

    void resume();

    /** Presses the power button. */
    void powerButton();

    /** Ends the VMM in order: what it holds of the disks is written. */
    void quit();

    /** Ends the VMM at once, as a power cut would. */
    void kill();

    /** Which layer each chained disk writes to, as the VMM sees it: disk id to the layer's node name, see {@link #layerNode}. */
    Map<String, String> activeLayers();

    /** How {@link #activeLayers()} names a layer. */
    String layerNode(AttachedDisk.Layer layer);

    /**
     * Saves memory and device state into {@code directory} while the guest runs, and moves the disks to their new layers at
     * that very moment. The guest is left paused, or goes on if it ran and {@code resume} is set. On failure it is as before,
     * though its disks may have moved: {@link #activeLayers()} tells.
     */
    CapturedState capture(Path directory, List<LayerMove> moves, boolean resume);

    /**
     * Ends a capture whose command died: afterwards none is in progress, the VMM has its disks, and a guest that the VMM stopped
     * for its last pass runs again. Does nothing where there was none.
     */
    void abandonCapture();

    /** Moves disks to their new layers in one transaction, without pausing the guest. */
    void switchLayers(List<LayerMove> moves);

    /** Completes moves that were made by a command that died half-way, and lets go of the layers of those that were not. */
    void finishSwitch(List<LayerMove> moves);

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

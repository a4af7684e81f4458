package dev.smolvm.guest;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * One session with a running guest: over its agent, or over SSH where the image has none. Requests go one after another; a
 * second thread that wants to talk at the same time opens its own session. The guest is not trusted: every answer is bounded
 * in size, and every request that should be quick has a deadline.
 *
 * <p>Failures are {@link dev.smolvm.error.SmolVmException}s: guest did not answer (deadline, closed connection), integrity (an
 * answer that breaks the protocol), not found / usage / conflict (the guest's own errno), unsupported (SSH cannot do it).
 */
public interface Guest extends AutoCloseable {
    /** Waits for an answer; returns the guest's clock. */
    Pong ping(Duration deadline);

    /** Runs a command until it ends, streaming as it goes; returns how it ended. Interrupting the thread hangs the command up. */
    ExecResult exec(ExecRequest request, ExecIo io);

    /**
     * Sends a file or directory tree; {@code guestPath} is the target itself, or an existing directory to put it into.
     * Memory use does not depend on sizes; modes are kept.
     */
    void upload(Path local, String guestPath, boolean recursive, TransferListener listener) throws IOException;

    /** Fetches a file or directory tree; the guest's names are checked so that nothing outside {@code local} is touched. */
    void download(String guestPath, Path local, boolean recursive, TransferListener listener) throws IOException;

    /** Flushes the guest's file systems to its disks. */
    void sync(Duration deadline);

    /**
     * Syncs, and freezes every file system that can be frozen, until the result is closed or {@code watchdog} runs out in the
     * guest. Over SSH: syncs only.
     */
    Frozen freeze(Duration watchdog, Duration deadline);

    /**
     * Gives up memory that the guest does not need: clean caches are dropped, and free memory is filled with zeros, but for a
     * reserve. Over SSH it needs root or {@code sudo -n}.
     *
     * @param untouched so many bytes of the memory are known to be zeros, and need not be filled
     * @param time how long the guest may fill, whose answer is awaited a little longer
     */
    Trimmed trim(long untouched, Duration time);

    /** Gives a restored guest the right time and fresh randomness, and a fork its own identity. */
    void rejuvenate(Rejuvenation rejuvenation, Duration deadline);

    /**
     * Mounts the virtio-blk disk of this serial number, where it is not mounted there already. Over SSH it needs root or
     * {@code sudo -n}.
     */
    void mount(String serial, String directory, String fileSystem, boolean readOnly, Duration deadline);

    /** Asks the guest to power off or reboot; returns once it agreed. */
    void shutdown(boolean reboot, Duration deadline);

    @Override
    void close();
}

package dev.smolvm.vmm;

import dev.smolvm.os.SparseCopy;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a capture is to do.
 *
 * @param directory where memory and device state go; exists and is empty
 * @param moves disks that move to new layers at the moment of the capture
 * @param copies disks that are copied as they are at that moment
 * @param resume whether a guest that ran goes on afterwards
 * @param since the name of an earlier capture, see {@link Vm#marked}: memory that did not change since then may be left out
 * @param listener told how far the copies of disks are
 */
public record CaptureRequest(
        Path directory,
        List<LayerMove> moves,
        List<DiskCopy> copies,
        boolean resume,
        Optional<String> since,
        SparseCopy.Listener listener) {
    public CaptureRequest {
        moves = List.copyOf(moves);
        copies = List.copyOf(copies);
    }
}

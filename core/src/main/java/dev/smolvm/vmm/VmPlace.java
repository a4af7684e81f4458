package dev.smolvm.vmm;

import java.nio.file.Path;
import java.util.List;

/**
 * Where one VMM process lives.
 *
 * @param run its working directory, with sockets and logs; exists, is empty and is its alone
 * @param writable directories and files it may write
 * @param readable directories and files it may read
 */
public record VmPlace(Path run, List<Path> writable, List<Path> readable) {
    public VmPlace {
        writable = List.copyOf(writable);
        readable = List.copyOf(readable);
    }
}

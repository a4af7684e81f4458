package dev.smolvm.archive;

import com.github.luben.zstd.util.Native;
import java.io.IOException;

/** The native library that compresses: it is unpacked into the directory for temporary files, which may have no room. */
final class ZstdLibrary {
    private ZstdLibrary() {}

    static void load() throws IOException {
        try {
            Native.load();
        } catch (LinkageError e) {
            throw new IOException("load the library of zstd: " + e.getMessage(), e);
        }
    }
}

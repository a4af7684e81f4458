package dev.smolvm.guest.transfer;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.nio.file.Path;

/** Paths in the guest, which a person typed. */
public final class GuestPath {
    private GuestPath() {}

    /** @throws SmolVmException usage, where it is not absolute: what it would be relative to nobody could tell */
    public static void requireAbsolute(String operation, String path) {
        if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    operation + " " + GuestText.printable(path) + ": not an absolute path in the guest",
                    "give a path that begins with /");
        }
    }

    /** The place of a local file under a directory of the guest. */
    public static String under(String directory, Path local) {
        Path name = local.toAbsolutePath().normalize().getFileName();
        if (name == null) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "upload " + local + ": it has no name to put it under in the guest's " + directory,
                    "name a target that does not exist yet in the guest");
        }
        return join(directory, name.toString());
    }

    /** @param name empty: the directory itself */
    public static String join(String directory, String name) {
        if (name.isEmpty()) {
            return directory;
        }
        return directory.endsWith("/") ? directory + name : directory + "/" + name;
    }
}

package dev.smolvm.image;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.ImageName;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** What image a user asks for. */
public sealed interface ImageRequest {
    ImageName name();

    /** Kernel, busybox and agent. */
    record Tiny(ImageName name) implements ImageRequest {}

    /**
     * A minimal Debian.
     *
     * @param include further packages
     * @param agent false: guests are reached over SSH as root
     */
    record Debian(ImageName name, List<String> include, boolean agent) implements ImageRequest {
        public Debian {
            include = include.stream().map(DebianRoot::checked).toList();
        }
    }

    /**
     * A user's own disk, booted by its own boot loader and reached over SSH.
     *
     * @param disk raw or qcow2; copied
     */
    record Imported(
            ImageName name, Path disk, ImageManifest.GuestOs os, ImageManifest.Firmware firmware, String sshUser)
            implements ImageRequest {
        public static final String DEFAULT_SSH_USER = "root";

        private static final Pattern USER = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,63}");

        public Imported {
            if (!USER.matcher(sshUser).matches()) {
                throw new SmolVmException(
                        ErrorKind.USAGE,
                        "'" + sshUser.replaceAll("\\p{Cntrl}", "?") + "' is not a user name",
                        "give --ssh-user NAME with letters, digits, '_', '-' and '.'");
            }
        }
    }
}

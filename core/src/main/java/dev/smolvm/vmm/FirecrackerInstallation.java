package dev.smolvm.vmm;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The Firecracker that is installed on a host.
 *
 * @param version such as {@code 1.16.1}
 * @param known whether smolvm was written with this version in view; a newer one is taken to be like it
 * @param stateFormat the version of the state files that it writes
 * @param limits whether its jailer can limit what it uses (cgroup v2)
 */
public record FirecrackerInstallation(
        Path path, String version, boolean known, String stateFormat, Optional<Path> jailer, boolean limits) {}

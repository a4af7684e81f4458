package dev.smolvm.sandbox;

import java.nio.file.Path;

/** A host directory whose content, copied when the sandbox is created, appears in the guest. */
public record MountRequest(Path hostDirectory, String guestDirectory) {}

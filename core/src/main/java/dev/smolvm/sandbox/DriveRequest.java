package dev.smolvm.sandbox;

import java.nio.file.Path;

/** A disk image of the user's, given to the guest as one more disk (raw or qcow2, checked before it is opened). */
public record DriveRequest(Path file, boolean readOnly) {}

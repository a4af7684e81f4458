package dev.smolvm.sandbox;

import dev.smolvm.Progress;

/** Where new sandboxes come from. */
@FunctionalInterface
public interface SandboxSource {
    /** Returns once the sandbox is ready for its first command. On failure nothing is left. */
    SandboxInfo create(SandboxRequest request, Progress progress);
}

package dev.smolvm.fork;

import dev.smolvm.error.SmolVmException;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.store.SandboxName;

/** What became of one copy. */
public sealed interface ForkedCopy {
    /** Counts from 1; the copy's commands see it as {@value Forks#INDEX}. */
    int index();

    SandboxName name();

    /** It runs. */
    record Up(int index, SandboxInfo sandbox) implements ForkedCopy {
        @Override
        public SandboxName name() {
            return sandbox.name();
        }
    }

    /** Nothing is left of it. */
    record Failed(int index, SandboxName name, SmolVmException failure) implements ForkedCopy {}
}

package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Failures as users see them. */
final class Failures {
    private Failures() {}

    /** Runs what must fail in this way; returns the failure. */
    static SmolVmException of(ErrorKind kind, ThrowingCallable call) {
        Throwable thrown = catchThrowable(call);
        assertThat(thrown).isInstanceOf(SmolVmException.class);
        SmolVmException failure = (SmolVmException) thrown;
        assertThat(failure.kind()).as("%s", failure).isEqualTo(kind);
        assertThat(failure.getMessage()).isNotBlank();
        return failure;
    }
}

package dev.smolvm.guest.transfer;

import java.io.IOException;

/** A guest sent a tree that must not be written: names that lead elsewhere, or entries in an order that hides such. */
public final class UnsafeTreeException extends IOException {
    private static final long serialVersionUID = 1L;

    public UnsafeTreeException(String what) {
        super(what);
    }
}

package dev.smolvm.cli.fake;

import dev.smolvm.cli.session.TerminalModes;
import dev.smolvm.guest.TerminalSize;

/** A terminal of a size that a test sets. */
public final class FakeTerminal implements TerminalModes {
    public TerminalSize size = new TerminalSize(24, 80);
    public boolean raw;

    @Override
    public TerminalSize size() {
        return size;
    }

    @Override
    public Raw raw() {
        raw = true;
        return () -> raw = false;
    }
}

package dev.smolvm.vmm;

import dev.smolvm.store.StoreLayout;

/** Hosts as tests need them. */
public final class TestVmms {
    private TestVmms() {}

    /** One whose only VMM is this. */
    public static Vmms of(StoreLayout layout, Vmm vmm) {
        return new Vmms(layout, vmm);
    }
}

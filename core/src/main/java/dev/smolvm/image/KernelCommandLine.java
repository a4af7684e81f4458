package dev.smolvm.image;

/** Kernel parameters of our own images. */
final class KernelCommandLine {
    /**
     * The serial console for the log; a panic ends the VM instead of hanging it; no probing for hardware that our machines do
     * not have; no side-channel mitigations inside a guest that runs one user's work, which cost an emulated CPU most.
     */
    private static final String COMMON = "console=ttyS0 quiet loglevel=4 panic=-1 reboot=k"
            + " mitigations=off random.trust_cpu=on no_timer_check tsc=reliable"
            + " i8042.noaux i8042.nomux i8042.nopnp i8042.dumbkbd 8250.nr_uarts=1 pci=noaer"
            + " cryptomgr.notests audit=0 nowatchdog net.ifnames=0";

    static final String WITH_AGENT = COMMON;
    /** The agent only starts the system; guests are reached over SSH. */
    static final String WITHOUT_AGENT = COMMON + " smolvm.agent=off";

    private KernelCommandLine() {}
}

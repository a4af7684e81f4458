package dev.smolvm.faults;

/** The faults and the bad input that this project is tested with. Their names are used in reports; they never change. */
public enum Case {
    F01("a command is killed at each rename, sync and removal", "the state before or the state after"),
    F02("the disk is full or broken at a write, sync or rename", "no space or integrity; a guest that ran goes on"),
    F03("SIGINT, SIGTERM or SIGKILL at a random time", "130 and nothing left, or as F01"),
    F04("the VMM is killed while it saves memory", "VM died; nothing is left of the snapshot"),
    F05("the VMM is stopped in the middle of a snapshot", "guest did not answer, by the deadline"),
    F06("a running VM is killed", "shown as crashed; starts again"),
    F07(
            "the disk is full for memory, for the manifest, of inodes, or while the guest writes",
            "no space, and the guest goes on; one that stands still is shown as such"),
    F08(
            "bits of a snapshot's files are flipped",
            "found; never restored from where a half-working machine would follow"),
    F09("a file of a snapshot is cut short or missing", "integrity, before any VMM starts"),
    F10("a layer's bytes change, with size and time kept", "found by verification"),
    F11(
            "what a diff snapshot, a sandbox or a fork needs is deleted",
            "refused with the dependents' names, or everything goes on unharmed"),
    F12("races of every two operations that meet", "one wins or all succeed; the others are told it is busy"),
    F13(
            "a process id that is another program's, a lock whose owner was killed, dead sockets, a reboot",
            "the other program survives; the sandbox starts"),
    F14(
            "restore on another VMM, machine type, memory size, CPU model or device list",
            "incompatible, before any start"),
    F15("a manifest of unknown version, with double keys, wrong types or without end", "refused, in bounded memory"),
    F16("a snapshot that is restored later", "the guest's clock is right"),
    F17("several forks of one snapshot", "none shares random bytes or an identity with another"),
    F18("write, save and restore, over and over", "every file of every round is there"),
    F19("ids and names that leave the store or the terminal", "usage; nothing outside is touched"),
    F20("hostile archives", "refused; the target is untouched"),
    F21("disks whose headers name other files or ask for too much", "refused before any QEMU tool opens them"),
    F22("a hostile guest agent, and a host with a heap of 64 MiB", "told as such, without a hang or lack of memory"),
    F23(
            "an agent that never answers freeze or thaw; a command killed while the guest is frozen",
            "no guest stays frozen"),
    F24("links planted in the store or in a shared directory", "refused; their targets are unchanged"),
    F25("any umask, and other users at the sockets", "files 0600, directories 0700; refused"),
    F26("a secret that is sent to the guest", "in no command line, log, manifest or error"),
    F27("the guest reaches for metadata services, the host's loopback, its neighbours", "blocked"),
    F28("a store that is read-only or somebody else's", "usage, with its name"),
    /** Not one fault but all of the operations against each other. */
    STORM("many processes with the same sandboxes and snapshots, at random", "done or busy; nothing left, all intact");

    private final String fault;
    private final String expected;

    Case(String fault, String expected) {
        this.fault = fault;
        this.expected = expected;
    }

    public String fault() {
        return fault;
    }

    public String expected() {
        return expected;
    }
}

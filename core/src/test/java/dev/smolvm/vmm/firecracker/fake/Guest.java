package dev.smolvm.vmm.firecracker.fake;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * What runs in the machine: it counts, keeps files, and answers on its console. All that it knows lies in its memory, so that a
 * snapshot has it.
 */
final class Guest {
    /** Counts up while the guest runs. */
    static final long COUNTER = 0x10000;

    private static final long HOSTNAME = 0x30000;
    private static final int HOSTNAME_BYTES = 64;
    private static final long COMMAND_LINE = 0x20000;
    /** Pages that a boot fills, from here on to the end of memory. */
    private static final long PATTERN = 4 << 20;

    private static final int PATTERN_PAGES = 16;
    /** As a shell tells the end by SIGBUS. */
    private static final int BUS_ERROR = 135;

    private final VirtualCpus cpus;
    private final GuestMemory memory;
    private final Devices devices;
    private final GuestDisk disk;
    private final Consumer<String> console;
    private final IntConsumer ended;
    private final Freeze freeze = new Freeze();
    private final Thread counting = Thread.ofVirtual().unstarted(this::count);

    /** @param ended is told the exit status when the guest ends its machine */
    Guest(VirtualCpus cpus, GuestMemory memory, Devices devices, Consumer<String> console, IntConsumer ended) {
        this.cpus = cpus;
        this.memory = memory;
        this.devices = devices;
        this.disk = new GuestDisk(memory);
        this.console = console;
        this.ended = ended;
    }

    /** As a kernel does: fills some of the memory, always the same, and mounts the root drive. */
    void boot(String commandLine, long memoryBytes) throws IOException {
        memory.write(COMMAND_LINE, Arrays.copyOf(commandLine.getBytes(StandardCharsets.UTF_8), GuestMemory.PAGE));
        memory.writeLong(COUNTER, 0);
        hostname("fake");
        long step = (memoryBytes - PATTERN) / PATTERN_PAGES / GuestMemory.PAGE * GuestMemory.PAGE;
        for (int i = 0; i < PATTERN_PAGES; i++) {
            byte[] page = new byte[GuestMemory.PAGE];
            Arrays.fill(page, (byte) (i + 1));
            memory.write(i == PATTERN_PAGES - 1 ? memoryBytes - GuestMemory.PAGE : PATTERN + i * step, page);
        }
        disk.mount(devices.root().map(Drive::file).orElse(null));
        console("[    0.000000] Linux version 6.1.0-fake");
        console("[    0.000000] Command line: " + commandLine);
    }

    void start() {
        counting.start();
    }

    void stop() {
        counting.interrupt();
    }

    private void count() {
        try {
            while (true) {
                cpus.run(() -> {
                    memory.writeLong(COUNTER, memory.readLong(COUNTER) + 1);
                    return null;
                });
                Thread.sleep(2);
            }
        } catch (GuestMemory.BusError e) {
            ended.accept(BUS_ERROR);
        } catch (Exception e) {
            // The machine ends.
            return;
        }
    }

    VirtualCpus cpus() {
        return cpus;
    }

    GuestMemory memory() {
        return memory;
    }

    GuestDisk disk() {
        return disk;
    }

    Devices devices() {
        return devices;
    }

    Freeze freeze() {
        return freeze;
    }

    void sync() throws IOException {
        Drive root = devices.root().orElse(null);
        disk.sync(root == null ? null : root.file(), root != null && root.readOnly());
    }

    void hostname(String name) {
        memory.write(HOSTNAME, Arrays.copyOf(name.getBytes(StandardCharsets.UTF_8), HOSTNAME_BYTES));
    }

    String hostname() {
        return new String(memory.read(HOSTNAME, HOSTNAME_BYTES), StandardCharsets.UTF_8).replace("\0", "");
    }

    void console(String line) {
        console.accept(line);
    }

    /** Syncs and resets the machine, which ends the process. */
    void shutDown() {
        try {
            sync();
        } catch (IOException e) {
            console("sync: " + e.getMessage());
        }
        console("reboot: Restarting system");
        ended.accept(0);
    }
}

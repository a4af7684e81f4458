package dev.smolvm.guest.agent;

import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Rejuvenation;
import dev.smolvm.guest.TerminalSize;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;

/** What the host sends; docs/control-channel.md, "Host to guest". STDIN and DATA have no record: {@link FrameChannel#send}. */
sealed interface HostFrame {
    int HEADER_BYTES = 8;
    int MAX_PAYLOAD = 65_536;
    /** As many zero bytes complete any half-sent frame. */
    int RESYNC_BYTES = MAX_PAYLOAD + 16;

    int VERSION = 1;
    int NONCE_BYTES = 16;
    /** In the acknowledgement of no greeting: an agent that has just opened its port. */
    byte[] NO_NONCE = new byte[NONCE_BYTES];

    int STDIN = 4;
    int DATA = 8;

    int type();

    /** Puts the payload into a little-endian buffer. */
    void encode(ByteBuffer to);

    record Hello(byte[] nonce) implements HostFrame {
        @Override
        public int type() {
            return 1;
        }

        @Override
        public void encode(ByteBuffer to) {
            to.putShort((short) VERSION).put(nonce);
        }
    }

    record Exec(ExecRequest request) implements HostFrame {
        @Override
        public int type() {
            return 3;
        }

        @Override
        public void encode(ByteBuffer to) {
            TerminalSize terminal = request.terminal().orElse(null);
            to.put((byte) (terminal == null ? 0 : 1));
            putSize(to, terminal == null ? new TerminalSize(0, 0) : terminal);
            to.putInt(millis(request.timeout().orElse(Duration.ZERO)));
            Text.putLong(to, request.user().orElse(""));
            Text.putLong(to, request.workdir().orElse(""));
            putCount(to, request.command().size());
            for (String argument : request.command()) {
                Text.putLong(to, argument);
            }
            putVariables(to, request.environment());
        }

        /** 0 means none, so that a time-out shorter than 1 ms becomes 1 ms. */
        private static int millis(Duration timeout) {
            if (timeout.isZero()) {
                return 0;
            }
            return (int) Math.max(1, Math.min(timeout.toMillis(), 0xFFFF_FFFFL));
        }
    }

    record Signal(int number) implements HostFrame {
        @Override
        public int type() {
            return 5;
        }

        @Override
        public void encode(ByteBuffer to) {
            to.put((byte) number);
        }
    }

    record Resize(TerminalSize size) implements HostFrame {
        @Override
        public int type() {
            return 6;
        }

        @Override
        public void encode(ByteBuffer to) {
            putSize(to, size);
        }
    }

    record Put(String path, int mode, long size) implements HostFrame {
        @Override
        public int type() {
            return 7;
        }

        @Override
        public void encode(ByteBuffer to) {
            Text.putLong(to, path);
            to.putInt(mode).putLong(size);
        }
    }

    record MakeDirectory(String path, int mode) implements HostFrame {
        @Override
        public int type() {
            return 10;
        }

        @Override
        public void encode(ByteBuffer to) {
            Text.putLong(to, path);
            to.putInt(mode);
        }
    }

    record MakeSymlink(String path, String target) implements HostFrame {
        @Override
        public int type() {
            return 11;
        }

        @Override
        public void encode(ByteBuffer to) {
            Text.putLong(to, path);
            Text.putLong(to, target);
        }
    }

    record Get(String path, boolean recursive) implements HostFrame {
        @Override
        public int type() {
            return 12;
        }

        @Override
        public void encode(ByteBuffer to) {
            Text.putLong(to, path);
            to.put((byte) (recursive ? 1 : 0));
        }
    }

    record Freeze(Duration watchdog) implements HostFrame {
        @Override
        public int type() {
            return 14;
        }

        @Override
        public void encode(ByteBuffer to) {
            to.putInt((int) Math.max(1, Math.min(watchdog.toMillis(), 0xFFFF_FFFFL)));
        }
    }

    /** Without variables, address and size it is what agents of images from before there were any understand too. */
    record Rejuvenate(Instant now, Rejuvenation what, byte[] entropy) implements HostFrame {
        private static final int NEW_MACHINE = 1;
        private static final int VARIABLES = 2;
        private static final int MAC = 4;
        private static final int ROOT_BYTES = 8;

        @Override
        public int type() {
            return 16;
        }

        @Override
        public void encode(ByteBuffer to) {
            to.putLong(now.getEpochSecond()).putInt(now.getNano());
            Text.putShort(to, what.hostName().orElse(""));
            Text.putShort(to, what.machineId().orElse(""));
            to.put((byte) ((what.newMachine() ? NEW_MACHINE : 0)
                    | (what.variables().isEmpty() ? 0 : VARIABLES)
                    | (what.mac().isEmpty() ? 0 : MAC)
                    | (what.rootBytes().isEmpty() ? 0 : ROOT_BYTES)));
            to.putShort((short) entropy.length).put(entropy);
            if (!what.variables().isEmpty()) {
                putVariables(to, what.variables().values());
            }
            what.mac().ifPresent(mac -> to.put(HexFormat.ofDelimiter(":").parseHex(mac)));
            what.rootBytes().ifPresent(to::putLong);
        }
    }

    record Shutdown(boolean reboot) implements HostFrame {
        @Override
        public int type() {
            return 17;
        }

        @Override
        public void encode(ByteBuffer to) {
            to.put((byte) (reboot ? 1 : 0));
        }
    }

    record Mount(String serial, String directory, String fileSystem, boolean readOnly) implements HostFrame {
        @Override
        public int type() {
            return 18;
        }

        @Override
        public void encode(ByteBuffer to) {
            Text.putShort(to, serial);
            Text.putLong(to, directory);
            Text.putShort(to, fileSystem);
            to.put((byte) (readOnly ? 1 : 0));
        }
    }

    record Stat(String path) implements HostFrame {
        @Override
        public int type() {
            return 20;
        }

        @Override
        public void encode(ByteBuffer to) {
            Text.putLong(to, path);
        }
    }

    record Trim(long untouched, Duration time) implements HostFrame {
        @Override
        public int type() {
            return 21;
        }

        @Override
        public void encode(ByteBuffer to) {
            to.putLong(untouched).putInt((int) Math.max(1, Math.min(time.toMillis(), 0xFFFF_FFFFL)));
        }
    }

    /** The frames without a payload. */
    enum Plain implements HostFrame {
        PING(2),
        DATA_END(9),
        SYNC(13),
        THAW(15),
        BYE(19);

        private final int type;

        Plain(int type) {
            this.type = type;
        }

        @Override
        public int type() {
            return type;
        }

        @Override
        public void encode(ByteBuffer to) {}
    }

    private static void putVariables(ByteBuffer to, Map<String, String> variables) {
        putCount(to, variables.size());
        for (Map.Entry<String, String> variable : variables.entrySet()) {
            Text.putLong(to, variable.getKey() + "=" + variable.getValue());
        }
    }

    private static void putCount(ByteBuffer to, int count) {
        if (count > 0xFFFF) {
            throw new java.nio.BufferOverflowException();
        }
        to.putShort((short) count);
    }

    private static void putSize(ByteBuffer to, TerminalSize size) {
        to.putShort((short) Math.clamp(size.rows(), 0, 0xFFFF)).putShort((short) Math.clamp(size.columns(), 0, 0xFFFF));
    }
}

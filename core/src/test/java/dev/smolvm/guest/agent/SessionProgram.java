package dev.smolvm.guest.agent;

import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.GuestAddress;
import dev.smolvm.guest.connect.GuestConnectors;
import java.nio.file.Path;
import java.time.Duration;

/** A process of its own that runs some commands in the guest: {@code DIRECTORY PORTS ROUNDS SECONDS}. */
final class SessionProgram {
    private SessionProgram() {}

    public static void main(String[] arguments) {
        GuestAddress address = new GuestAddress.VirtioSerial(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
        for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
            try (Guest guest =
                    GuestConnectors.standard().connect(address, Duration.ofSeconds(Integer.parseInt(arguments[3])))) {
                int code = guest.exec(
                                ExecRequest.of("true"),
                                ExecIo.of(new java.io.ByteArrayInputStream(new byte[10]), System.out, System.err))
                        .shellCode();
                if (code != 0) {
                    System.exit(1);
                }
            }
        }
        System.out.println("done");
    }
}

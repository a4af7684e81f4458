package dev.smolvm.guest.agent;

import java.io.EOFException;
import java.io.FileInputStream;
import java.io.IOException;

/** The kernel's random bytes. {@code SecureRandom} gives the same ones, after loading a hundred classes. */
final class Entropy {
    private Entropy() {}

    static byte[] bytes(int count) throws IOException {
        try (FileInputStream random = new FileInputStream("/dev/urandom")) {
            byte[] bytes = random.readNBytes(count);
            if (bytes.length != count) {
                throw new EOFException("/dev/urandom");
            }
            return bytes;
        }
    }
}

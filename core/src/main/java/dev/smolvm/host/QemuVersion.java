package dev.smolvm.host;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The version of a QEMU, such as 10.0.2. */
public record QemuVersion(int major, int minor, int micro) implements Comparable<QemuVersion> {
    /** The first with {@code mapped-ram} migration. */
    public static final QemuVersion OLDEST = new QemuVersion(9, 0, 0);

    private static final Pattern SAID = Pattern.compile("version (\\d{1,4})\\.(\\d{1,4})(?:\\.(\\d{1,4}))?");

    /** @param said what {@code qemu-system-x86_64 --version} or {@code qemu-img --version} prints */
    public static Optional<QemuVersion> parse(String said) {
        Matcher matcher = SAID.matcher(said);
        if (!matcher.find()) {
            return Optional.empty();
        }
        return Optional.of(new QemuVersion(
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                matcher.group(3) == null ? 0 : Integer.parseInt(matcher.group(3))));
    }

    @Override
    public int compareTo(QemuVersion other) {
        int byMajor = Integer.compare(major, other.major);
        int byMinor = Integer.compare(minor, other.minor);
        return byMajor != 0 ? byMajor : byMinor != 0 ? byMinor : Integer.compare(micro, other.micro);
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + micro;
    }
}

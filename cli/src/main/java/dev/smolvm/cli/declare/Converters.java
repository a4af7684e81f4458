package dev.smolvm.cli.declare;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.sandbox.DriveRequest;
import dev.smolvm.sandbox.MountRequest;
import dev.smolvm.snapshot.Label;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** From what is typed to checked values. */
public final class Converters {
    private static final long KIB = 1024;
    private static final int MAX_PORT = 65535;
    /** Longer than anything lasts, and still a time that every program can tell. */
    private static final Duration MAX_PERIOD = Duration.ofDays(36_525);

    private Converters() {}

    public static String text(String typed) {
        return typed;
    }

    public static Path path(String typed) {
        if (typed.isEmpty()) {
            throw usage("an empty path", "name a file or directory");
        }
        try {
            return Path.of(typed);
        } catch (InvalidPathException e) {
            throw usage("not a path: " + e.getReason(), "name a file or directory");
        }
    }

    /** Where something is written. A slash at its end, which {@link Path} forgets, says that it is a directory. */
    public static Path target(String typed) {
        Path path = path(typed);
        return typed.endsWith("/") ? path.resolve(".") : path;
    }

    public static int positive(String typed) {
        long number = number(typed);
        if (number < 1 || number > Integer.MAX_VALUE) {
            throw usage(quoted(typed) + " is not a number of 1 or more", "");
        }
        return (int) number;
    }

    public static int port(String typed) {
        long number = number(typed);
        if (number < 1 || number > MAX_PORT) {
            throw usage(quoted(typed) + " is not a port", "use a number from 1 to " + MAX_PORT);
        }
        return (int) number;
    }

    /** A size in MiB: a plain number is MiB, a suffix K, M, G or T says otherwise. */
    public static int mebibytes(String typed) {
        long bytes = bytes(typed, KIB * KIB);
        if (bytes % (KIB * KIB) != 0 || bytes / (KIB * KIB) > Integer.MAX_VALUE) {
            throw notASize(typed, "whole MiB, such as 512, 512M or 2G");
        }
        return (int) (bytes / (KIB * KIB));
    }

    /** A size in bytes, typed as for {@link #mebibytes}. */
    public static long diskBytes(String typed) {
        return bytes(typed, KIB * KIB);
    }

    /** Seconds, or a number with the suffix ms, s, m or h. */
    public static Duration duration(String typed) {
        int digits = leadingDigits(typed);
        long number = digits == 0 ? -1 : number(typed.substring(0, digits));
        if (number < 0 || number > Integer.MAX_VALUE) {
            throw notADuration(typed);
        }
        return switch (typed.substring(digits)) {
            case "", "s" -> Duration.ofSeconds(number);
            case "ms" -> Duration.ofMillis(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> throw notADuration(typed);
        };
    }

    /** A number with the suffix s, m, h, d or w: for times that people think of in days rather than in seconds. */
    public static Duration period(String typed) {
        int digits = leadingDigits(typed);
        long number = digits == 0 ? -1 : number(typed.substring(0, digits));
        Duration unit =
                switch (typed.substring(digits)) {
                    case "s" -> Duration.ofSeconds(1);
                    case "m" -> Duration.ofMinutes(1);
                    case "h" -> Duration.ofHours(1);
                    case "d" -> Duration.ofDays(1);
                    case "w" -> Duration.ofDays(7);
                    default -> throw notAPeriod(typed);
                };
        if (number < 1 || number > MAX_PERIOD.dividedBy(unit)) {
            throw notAPeriod(typed);
        }
        return unit.multipliedBy(number);
    }

    /** A user's {@code KEY=VALUE}. */
    public static Label label(String typed) {
        int equals = typed.indexOf('=');
        if (equals < 0) {
            throw usage(quoted(typed) + " is not KEY=VALUE", "as in app=web");
        }
        return new Label(Label.checkUsersKey(typed.substring(0, equals)), typed.substring(equals + 1));
    }

    /** {@code FILE} or {@code FILE:ro}. */
    public static DriveRequest drive(String typed) {
        boolean readOnly = typed.endsWith(":ro");
        return new DriveRequest(path(readOnly ? typed.substring(0, typed.length() - 3) : typed), readOnly);
    }

    /** {@code HOST_DIR:GUEST_DIR}. */
    public static MountRequest mount(String typed) {
        int colon = typed.lastIndexOf(':');
        if (colon < 1 || !typed.startsWith("/", colon + 1)) {
            throw usage(
                    quoted(typed) + " is not HOST_DIR:GUEST_DIR",
                    "the guest's directory starts with /, as in ./src:/work/src");
        }
        return new MountRequest(path(typed.substring(0, colon)), typed.substring(colon + 1));
    }

    static <E extends Enum<E>> E oneOf(List<E> offered, String typed) {
        List<String> labels = new ArrayList<>();
        for (E constant : offered) {
            String label = CommandDeclaration.label(constant);
            if (label.equals(typed)) {
                return constant;
            }
            labels.add(label);
        }
        throw usage(quoted(typed) + " is not one of " + String.join(", ", labels), "");
    }

    private static long bytes(String typed, long plainUnit) {
        int digits = leadingDigits(typed);
        long number = digits == 0 ? 0 : number(typed.substring(0, digits));
        long unit =
                switch (typed.substring(digits)) {
                    case "" -> plainUnit;
                    case "K", "k", "KiB" -> KIB;
                    case "M", "m", "MiB" -> KIB * KIB;
                    case "G", "g", "GiB" -> KIB * KIB * KIB;
                    case "T", "t", "TiB" -> KIB * KIB * KIB * KIB;
                    default -> throw notASize(typed, "such as 512M or 2G");
                };
        if (number < 1 || number > Long.MAX_VALUE / unit) {
            throw notASize(typed, "such as 512M or 2G");
        }
        return number * unit;
    }

    private static int leadingDigits(String typed) {
        int digits = 0;
        while (digits < typed.length() && typed.charAt(digits) >= '0' && typed.charAt(digits) <= '9') {
            digits++;
        }
        return digits;
    }

    private static long number(String typed) {
        try {
            return typed.length() == leadingDigits(typed) ? Long.parseLong(typed) : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static SmolVmException notASize(String typed, String form) {
        return usage(quoted(typed) + " is not a size", "use " + form + "; without a suffix the number is MiB");
    }

    private static SmolVmException notADuration(String typed) {
        return usage(quoted(typed) + " is not a time", "use seconds, or a suffix as in 500ms, 90s, 5m or 2h");
    }

    private static SmolVmException notAPeriod(String typed) {
        return usage(
                quoted(typed) + " is not a time from 1 s to 100 years",
                "use a number and s, m, h, d or w, as in 90s, 15m, 12h, 7d or 2w");
    }

    private static SmolVmException usage(String message, String advice) {
        return new SmolVmException(ErrorKind.USAGE, message, advice);
    }

    private static String quoted(String typed) {
        return "'" + typed + "'";
    }
}

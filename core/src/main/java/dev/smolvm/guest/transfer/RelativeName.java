package dev.smolvm.guest.transfer;

import java.nio.charset.StandardCharsets;

/** Names inside a tree, as a guest sends them: {@code a/b}, never a way out. */
final class RelativeName {
    private static final int LONGEST_COMPONENT = 255;
    private static final int LONGEST = 4095;

    private RelativeName() {}

    static void check(String name) throws UnsafeTreeException {
        if (name.isEmpty() || name.length() > LONGEST || name.indexOf('\0') >= 0) {
            throw unsafe(name);
        }
        int start = 0;
        while (start <= name.length()) {
            int slash = name.indexOf('/', start);
            int end = slash < 0 ? name.length() : slash;
            checkComponent(name, name.substring(start, end));
            start = end + 1;
        }
    }

    private static void checkComponent(String name, String component) throws UnsafeTreeException {
        boolean unsafe = component.isEmpty()
                || component.equals(".")
                || component.equals("..")
                || component.getBytes(StandardCharsets.UTF_8).length > LONGEST_COMPONENT;
        if (unsafe) {
            throw unsafe(name);
        }
    }

    private static UnsafeTreeException unsafe(String name) {
        return new UnsafeTreeException("the guest sent the unsafe file name '" + GuestText.printable(name) + "'");
    }

    /** Empty for a name directly in the root. */
    static String parent(String name) {
        int slash = name.lastIndexOf('/');
        return slash < 0 ? "" : name.substring(0, slash);
    }
}

package dev.smolvm.guest.transfer;

/** Text that a guest chose, made fit for a person's terminal. */
public final class GuestText {
    private static final int LONGEST = 300;

    private GuestText() {}

    /** One line, no control or formatting characters, bounded in length. */
    public static String printable(String text) {
        int length = Math.min(text.length(), LONGEST);
        StringBuilder clean = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            boolean shown = !Character.isISOControl(c) && Character.getType(c) != Character.FORMAT && c != '\u2028';
            clean.append(shown ? c : '?');
        }
        return clean.toString();
    }
}

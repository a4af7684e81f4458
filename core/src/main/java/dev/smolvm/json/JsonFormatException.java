package dev.smolvm.json;

/** Text that is not the JSON that was expected. The caller knows which file or peer it came from and says so. */
public final class JsonFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public JsonFormatException(String message) {
        super(message);
    }
}

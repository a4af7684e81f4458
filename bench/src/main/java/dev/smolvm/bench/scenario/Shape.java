package dev.smolvm.bench.scenario;

/**
 * A guest's size.
 *
 * @param memoryMib what it has
 * @param filledMib what is filled with random bytes, beside what its system has in use
 */
public record Shape(int memoryMib, int filledMib) {
    String inWords() {
        return memoryMib + " MiB of memory, " + filledMib + " MiB filled";
    }
}

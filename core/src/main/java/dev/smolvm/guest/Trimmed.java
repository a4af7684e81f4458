package dev.smolvm.guest;

/**
 * What a guest gave up of its memory.
 *
 * @param dropped bytes of clean caches that became free
 * @param cleared bytes of free memory that hold zeros now
 */
public record Trimmed(long dropped, long cleared) {}

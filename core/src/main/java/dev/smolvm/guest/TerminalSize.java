package dev.smolvm.guest;

/** In character cells. */
public record TerminalSize(int rows, int columns) {}

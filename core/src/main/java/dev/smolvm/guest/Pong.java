package dev.smolvm.guest;

import java.time.Duration;
import java.time.Instant;

/** The guest's wall clock, and the time since its boot. */
public record Pong(Instant clock, Duration uptime) {}

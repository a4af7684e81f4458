package dev.smolvm.sandbox;

/** A TCP port on the host's 127.0.0.1 that leads to a port of the guest. */
public record PortForward(int hostPort, int guestPort) {}

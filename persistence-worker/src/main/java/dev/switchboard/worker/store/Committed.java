package dev.switchboard.worker.store;

/**
 * What one transaction did.
 *
 * @param rows messages that were not there before
 * @param voids positions whose message stands at another one
 * @param deadLetters set aside for the first time
 */
public record Committed(int rows, int voids, int deadLetters) {}

package dev.switchboard.worker.log;

import org.jspecify.annotations.Nullable;

/**
 * One entry of the log as Redis handed it out, not looked into yet.
 *
 * @param value field {@code e}; null if it has none
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on once and never compared.
public record RawEntry(LogId id, byte @Nullable [] value) {}

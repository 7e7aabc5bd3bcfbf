package dev.switchboard.gateway.log;

import java.time.Duration;

/**
 * Bounds of the log.
 *
 * @param backlogMessagesMax messages of a partition that MySQL may lack; beyond it BACKLOG_FULL
 * @param memoryPercentMax how full Redis may be; beyond it BACKLOG_FULL
 * @param dedupeIdsMax ids of a partition in one generation of the dedupe memory
 * @param dedupeAge how long one generation lives at most
 * @param inFlightMessagesMax appends of this gateway without an answer; beyond it OVERLOADED
 * @param inFlightBytesMax the same in bytes
 * @param timeout after it an append without an answer is answered TIMEOUT
 */
public record LogLimits(
        long backlogMessagesMax,
        int memoryPercentMax,
        int dedupeIdsMax,
        Duration dedupeAge,
        int inFlightMessagesMax,
        long inFlightBytesMax,
        Duration timeout) {
    /** Messages in one call of the script, of all partitions together. Bounds how long one call can occupy Redis, to about a millisecond. */
    static final int CALL_MESSAGES_MAX = 256;

    /** Bytes of text in one call of the script, of all partitions together, for the same reason. */
    static final int CALL_BYTES_MAX = 512 * 1024;

    /** What a client is told to wait when the worker is behind. */
    static final int BACKLOG_RETRY_MILLIS = 5_000;
}

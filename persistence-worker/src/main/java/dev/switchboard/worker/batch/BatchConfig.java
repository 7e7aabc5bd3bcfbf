package dev.switchboard.worker.batch;

import java.time.Duration;

/**
 * How big transactions are.
 *
 * @param rowsMax messages in one; an entry that alone holds more makes one of its own
 * @param bytesMax bytes of entries in one
 * @param pause from a partition's turn to its next, unless it is behind: what arrives meanwhile shares one transaction
 */
public record BatchConfig(int rowsMax, long bytesMax, Duration pause) {}

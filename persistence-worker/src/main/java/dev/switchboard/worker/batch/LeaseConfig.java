package dev.switchboard.worker.batch;

import java.time.Duration;

/**
 * How partitions are owned.
 *
 * @param worker unique among all workers there ever are
 * @param lease after so long without a sign of life a partition goes to another worker
 */
public record LeaseConfig(String worker, Duration lease) {
    /** Three signs of life per lease: two may fail. */
    Duration beat() {
        return lease.dividedBy(3);
    }
}

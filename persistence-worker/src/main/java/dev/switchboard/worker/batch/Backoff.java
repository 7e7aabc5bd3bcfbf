package dev.switchboard.worker.batch;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to wait before the next try: longer each time, and never the same for two workers. Confined to one thread. */
final class Backoff {
    private static final long FIRST_MILLIS = 100;
    private static final long MAX_MILLIS = 3_000;

    private final RandomGenerator random;
    private long ceiling = FIRST_MILLIS;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    Duration next() {
        long millis = ceiling / 2 + random.nextLong(ceiling / 2 + 1);
        ceiling = Math.min(MAX_MILLIS, ceiling * 2);
        return Duration.ofMillis(millis);
    }

    void reset() {
        ceiling = FIRST_MILLIS;
    }
}

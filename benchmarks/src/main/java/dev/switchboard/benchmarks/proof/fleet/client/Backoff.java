package dev.switchboard.benchmarks.proof.fleet.client;

import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;

/** How long a client waits before it connects again: doubled each time, and never the same for two. Confined to the event loop. */
final class Backoff {
    private static final Duration FIRST = Duration.ofMillis(500);
    private static final Duration LAST = Duration.ofSeconds(30);
    /** A connection that lasted so long was a good one. */
    private static final Duration GOOD = Duration.ofMinutes(1);

    private static final Duration TOO_FAST = Duration.ofMinutes(1);

    private final SplittableRandom random;
    private Duration next = FIRST;
    private Optional<Duration> asked = Optional.empty();

    Backoff(SplittableRandom random) {
        this.random = random;
    }

    /** The gateway says when to come back. */
    void asked(Duration wait) {
        asked = Optional.of(wait);
    }

    /** After a connection that lasted so long and ended with that code. */
    Duration after(int code, Duration lasted) {
        if (lasted.compareTo(GOOD) >= 0) {
            next = FIRST;
        }
        Optional<Duration> wish = asked;
        asked = Optional.empty();
        if (code == CloseCode.TOO_FAST) {
            return TOO_FAST;
        }
        if (wish.isPresent()) {
            return wish.get();
        }
        Duration wait = Duration.ofNanos((long) (next.toNanos() * (0.5 + random.nextDouble() / 2)));
        Duration doubled = next.multipliedBy(2);
        next = doubled.compareTo(LAST) > 0 ? LAST : doubled;
        return wait;
    }
}

package dev.switchboard.benchmarks.proof;

import dev.switchboard.benchmarks.proof.ledger.Timings;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** How numbers are written in what a proof says. Has no state. */
public final class Numbers {
    private Numbers() {}

    public static String seconds(Duration duration) {
        return duration.equals(Timings.ENDLESS)
                ? "never"
                : String.format(Locale.ROOT, "%.2f s", duration.toNanos() / 1e9);
    }

    /** Never, if it is empty. */
    public static String seconds(Optional<Duration> duration) {
        return duration.map(Numbers::seconds).orElse("never");
    }
}

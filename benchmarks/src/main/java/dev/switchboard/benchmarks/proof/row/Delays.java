package dev.switchboard.benchmarks.proof.row;

import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long messages took from being accepted to being shown by the last one who saw them. Immutable.
 *
 * @param messages accepted in the time looked at
 * @param longest of all of them and all devices
 */
public record Delays(int messages, Duration longest) {
    /** Of what was accepted between two instants of that ledger. */
    public static Delays of(Ledger ledger, long from, long to) {
        Map<Integer, Long> accepted = new HashMap<>();
        AtomicLong longest = new AtomicLong();
        ledger.forEach(event -> {
            if (event.kind() == Event.Kind.ACCEPTED && event.nanos() >= from && event.nanos() <= to) {
                accepted.putIfAbsent(event.message(), event.nanos());
            } else if (event.kind() == Event.Kind.SHOWN && event.detail() != Event.FROM_HISTORY) {
                Long since = accepted.get(event.message());
                if (since != null) {
                    longest.accumulateAndGet(event.nanos() - since, Math::max);
                }
            }
        });
        return new Delays(accepted.size(), Duration.ofNanos(longest.get()));
    }
}

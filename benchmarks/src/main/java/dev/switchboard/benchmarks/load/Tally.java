package dev.switchboard.benchmarks.load;

import dev.switchboard.proto.v1.RefusalCode;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** What all users together have done and seen. Confined to one event loop; others get {@link #counts}. */
final class Tally {
    private static final long LATENCY_NANOS_MAX = TimeUnit.MINUTES.toNanos(5);
    private static final int DIGITS = 3;

    private final Histogram toAccepted = new Histogram(LATENCY_NANOS_MAX, DIGITS);
    private final Histogram toDelivery = new Histogram(LATENCY_NANOS_MAX, DIGITS);
    private final Map<String, Long> refused = new TreeMap<>();
    private long windowStart;
    private long windowEnd;
    private long sent;
    private long accepted;
    private long delivered;
    private long stored;
    private long notices;

    /** A look at the counters. */
    record Counts(long sent, long accepted, long delivered, long stored, Map<String, Long> refused, long notices) {
        Counts {
            refused = Map.copyOf(refused);
        }

        long refusedTotal() {
            return refused.values().stream().mapToLong(Long::longValue).sum();
        }

        Counts minus(Counts earlier) {
            Map<String, Long> since = new TreeMap<>(refused);
            earlier.refused.forEach((code, count) -> since.merge(code, -count, Long::sum));
            since.values().removeIf(count -> count == 0);
            return new Counts(
                    sent - earlier.sent,
                    accepted - earlier.accepted,
                    delivered - earlier.delivered,
                    stored - earlier.stored,
                    since,
                    notices - earlier.notices);
        }
    }

    /** Latencies of messages intended for this time are recorded. */
    void window(long startNanos, long endNanos) {
        windowStart = startNanos;
        windowEnd = endNanos;
    }

    Counts counts() {
        return new Counts(sent, accepted, delivered, stored, refused, notices);
    }

    void sent(int count) {
        sent += count;
    }

    void accepted() {
        accepted++;
    }

    void acceptedAfter(long intended, long now) {
        record(toAccepted, intended, now);
    }

    void delivered() {
        delivered++;
    }

    void deliveredAfter(long intended, long now) {
        record(toDelivery, intended, now);
    }

    void refused(int code) {
        RefusalCode known = RefusalCode.forNumber(code);
        refused.merge(known == null ? "code " + code : known.name(), 1L, Long::sum);
    }

    void stored(int count) {
        stored += count;
    }

    void notice() {
        notices++;
    }

    Histogram toAccepted() {
        return toAccepted;
    }

    Histogram toDelivery() {
        return toDelivery;
    }

    private void record(Histogram histogram, long intended, long now) {
        if (intended - windowStart >= 0 && intended - windowEnd < 0) {
            histogram.recordValue(Math.min(now - intended, LATENCY_NANOS_MAX));
        }
    }
}

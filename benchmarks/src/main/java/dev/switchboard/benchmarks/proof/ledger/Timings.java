package dev.switchboard.benchmarks.proof.ledger;

import dev.switchboard.benchmarks.proof.report.Timeline;
import dev.switchboard.proto.v1.RefusalCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * How long things took in a run, from the ledger of its devices. Instants are nanoseconds since the ledger began, as {@link
 * Ledger#now} gives them. Goes through the ledger with each question, which costs time and no memory; one thread.
 */
public final class Timings {
    /** How long what never happened takes. */
    public static final Duration ENDLESS = Duration.ofNanos(Long.MAX_VALUE);

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long RECOVERY_STEP = TimeUnit.MILLISECONDS.toNanos(100);
    /** Sends count as acked in time below this. */
    private static final long RECOVERED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private static final double P99 = 0.99;
    /** Fewer sends in a second say nothing about its 99th percentile. */
    private static final int RECOVERY_SENDS_MIN = 5;

    private final Ledger ledger;
    private final List<Device> devices;

    /** Refusals of one code, and how long the slowest took from the try. */
    public record Refusals(int count, Duration slowest) {}

    public Timings(Ledger ledger) {
        this.ledger = ledger;
        this.devices = ledger.devices();
    }

    /** A percentile, such as 0.99, of sorted durations; empty if there are none. */
    public static Optional<Duration> percentile(List<Duration> sorted, double percentile) {
        return percentile(sorted.stream().mapToLong(Duration::toNanos).toArray(), percentile);
    }

    /**
     * Time from saying to ACCEPTED of what was said between two instants, as a percentile. What was never accepted took endlessly
     * long. Empty if nothing was said.
     */
    public Optional<Duration> acceptedWithin(double percentile, long from, long to) {
        Map<Integer, Long> accepted = accepted();
        long[] latencies = said(from, to).entrySet().stream()
                .mapToLong(entry -> latency(entry.getValue(), accepted.get(entry.getKey())))
                .sorted()
                .toArray();
        return percentile(latencies, percentile);
    }

    /**
     * Time from saying to being shown, of what was said between two instants and was not said by the device that shows it, as a
     * percentile over all these devices that did show it. Empty if none did.
     */
    public Optional<Duration> shownWithin(double percentile, long from, long to, Predicate<Device> which) {
        Map<Integer, Long> said = said(from, to);
        LongStream.Builder latencies = LongStream.builder();
        ledger.forEach(event -> {
            boolean counts = event.kind() == Event.Kind.SHOWN && event.detail() != Event.OWN;
            Long since = counts ? said.get(event.message()) : null;
            if (since != null && which.test(devices.get(event.device()))) {
                latencies.add(event.nanos() - since);
            }
        });
        return percentile(latencies.build().sorted().toArray(), percentile);
    }

    /**
     * From the end of a fault until sends are accepted with p99 below 500 ms: the beginning of the first second for which that holds.
     * Counted from when something was said, so a device that waits before it tries again has not recovered. Empty if it never
     * happened.
     */
    public Optional<Duration> recovery(long faultEnd) {
        Map<Integer, Long> said = said(faultEnd, Long.MAX_VALUE);
        Map<Integer, Long> accepted = accepted();
        long last = said.values().stream().mapToLong(nanos -> nanos).max().orElse(0);
        for (long from = faultEnd; from <= last; from += RECOVERY_STEP) {
            long start = from;
            long[] latencies = said.entrySet().stream()
                    .filter(entry -> entry.getValue() >= start && entry.getValue() < start + SECOND)
                    .mapToLong(entry -> latency(entry.getValue(), accepted.get(entry.getKey())))
                    .sorted()
                    .toArray();
            if (latencies.length >= RECOVERY_SENDS_MIN && at(latencies, P99) < RECOVERED_NANOS) {
                return Optional.of(Duration.ofNanos(from - faultEnd));
            }
        }
        return Optional.empty();
    }

    /**
     * Devices that follow something and lost their connection between two instants: time from then to their next welcome, shortest
     * first, endless ones last.
     */
    public List<Duration> backAgain(long from, long to) {
        Map<Integer, Long> gone = new HashMap<>();
        List<Duration> times = new ArrayList<>();
        ledger.forEach(event -> {
            if (event.kind() == Event.Kind.CLOSE && isReader(event) && within(event, from, to)) {
                gone.putIfAbsent(event.device(), event.nanos());
            } else if (event.kind() == Event.Kind.WELCOME) {
                Long since = gone.remove(event.device());
                if (since != null) {
                    times.add(Duration.ofNanos(event.nanos() - since));
                }
            } else if (event.kind() == Event.Kind.LEFT) {
                gone.remove(event.device());
            }
        });
        gone.forEach((device, since) -> times.add(ENDLESS));
        times.sort(Duration::compareTo);
        return times;
    }

    /** Tries that were without an answer at that instant. */
    public int inFlight(long instant) {
        Map<Long, Integer> open = new HashMap<>();
        ledger.forEach(event -> {
            int change = switch (event.kind()) {
                case SEND -> 1;
                case ACCEPTED, REFUSED, UNKNOWN -> -1;
                default -> 0;
            };
            if (change != 0 && event.nanos() <= instant) {
                open.merge(tryKey(event), change, (a, b) -> Math.max(0, a + b));
            }
        });
        return open.values().stream().mapToInt(count -> count).sum();
    }

    /** Tries whose outcome stayed unknown, by silence or by a code that says so, between two instants. */
    public int unknown(long from, long to) {
        return (int) count(
                event -> event.kind() == Event.Kind.UNKNOWN
                        || (event.kind() == Event.Kind.REFUSED && !event.refusedForSure()),
                from,
                to);
    }

    /** By code, between two instants. */
    public Map<RefusalCode, Refusals> refusals(long from, long to) {
        Map<RefusalCode, Refusals> byCode = new TreeMap<>();
        Map<Long, Long> tried = new HashMap<>();
        ledger.forEach(event -> {
            if (event.kind() == Event.Kind.SEND) {
                tried.put(tryKey(event), event.nanos());
            } else if (event.kind() == Event.Kind.REFUSED && within(event, from, to)) {
                RefusalCode known = RefusalCode.forNumber(event.detail());
                Duration took = Duration.ofNanos(event.nanos() - tried.getOrDefault(tryKey(event), event.nanos()));
                byCode.merge(
                        known == null ? RefusalCode.UNRECOGNIZED : known, new Refusals(1, took), Timings::together);
            }
        });
        return byCode;
    }

    /** Connections that had been welcomed and ended between two instants, though their device did not leave them, by code. */
    public Map<Integer, Integer> closes(long from, long to) {
        Map<Integer, Integer> byCode = new TreeMap<>();
        Set<Integer> welcomed = new HashSet<>();
        ledger.forEach(event -> {
            if (event.kind() == Event.Kind.WELCOME) {
                welcomed.add(event.device());
            } else if (event.kind() == Event.Kind.CLOSE) {
                boolean lost = welcomed.remove(event.device()) && event.detail() != Event.CLOSED_ITSELF;
                if (lost && within(event, from, to)) {
                    byCode.merge(event.detail(), 1, Integer::sum);
                }
            }
        });
        return byCode;
    }

    /** Welcomes between two instants: the largest share of all devices that fell into one second. Empty if there was none. */
    public OptionalDouble reconnectSpread(long from, long to) {
        LongStream.Builder found = LongStream.builder();
        Set<Integer> connected = new HashSet<>();
        ledger.forEach(event -> {
            if (event.kind() == Event.Kind.WELCOME && isReader(event)) {
                connected.add(event.device());
                if (within(event, from, to)) {
                    found.add(event.nanos());
                }
            }
        });
        long[] welcomes = found.build().toArray();
        int most = 0;
        int first = 0;
        for (int i = 0; i < welcomes.length; i++) {
            while (welcomes[i] - welcomes[first] >= SECOND) {
                first++;
            }
            most = Math.max(most, i - first + 1);
        }
        return welcomes.length == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) most / connected.size());
    }

    /**
     * Of what was accepted between two instants: how long after {@code instant} the last device showed it that came to show it.
     * Empty if nobody showed any of it later than that.
     */
    public Optional<Duration> shownAfter(long instant, long acceptedFrom, long acceptedTo) {
        Set<Integer> messages = new HashSet<>();
        ledger.forEach(event -> {
            if (event.kind() == Event.Kind.ACCEPTED && within(event, acceptedFrom, acceptedTo)) {
                messages.add(event.message());
            }
        });
        long[] latest = {instant};
        ledger.forEach(event -> {
            if (event.kind() == Event.Kind.SHOWN && messages.contains(event.message())) {
                latest[0] = Math.max(latest[0], event.nanos());
            }
        });
        return latest[0] == instant ? Optional.empty() : Optional.of(Duration.ofNanos(latest[0] - instant));
    }

    /** When something was said for the first time; empty if nothing was. */
    public Optional<Long> firstSaid() {
        return said(0, Long.MAX_VALUE).values().stream().min(Long::compare);
    }

    /** How often something happened. */
    public long count(Event.Kind kind) {
        return count(event -> event.kind() == kind, 0, Long.MAX_VALUE);
    }

    /** How often something happened between two instants. */
    public long count(Event.Kind kind, long from, long to) {
        return count(event -> event.kind() == kind, from, to);
    }

    /** What was accepted, delivered and refused in each bucket; marks count from the ledger's beginning and are moved. */
    public Timeline timeline(Duration bucket, List<Timeline.Mark> marks) {
        long start = firstSaid().orElse(0L);
        long[] end = {start};
        ledger.forEach(event -> end[0] = Math.max(end[0], event.nanos()));
        int buckets = (int) ((end[0] - start) / bucket.toNanos() + 1);
        int[] accepted = new int[buckets];
        int[] delivered = new int[buckets];
        int[] refused = new int[buckets];
        Consumer<Event> counting = event -> {
            int at = (int) ((event.nanos() - start) / bucket.toNanos());
            switch (event.kind()) {
                case ACCEPTED -> accepted[at] += event.detail() == 0 ? 1 : 0;
                case SHOWN -> delivered[at] += event.detail() == Event.OWN ? 0 : 1;
                case REFUSED -> refused[at]++;
                default -> {}
            }
        };
        ledger.forEach(event -> {
            if (event.nanos() >= start && event.nanos() <= end[0]) {
                counting.accept(event);
            }
        });
        List<Timeline.Mark> moved = marks.stream()
                .map(mark -> new Timeline.Mark(
                        mark.from().minusNanos(start), mark.to().minusNanos(start), mark.label()))
                .toList();
        return new Timeline(bucket, list(accepted), list(delivered), list(refused), moved);
    }

    /** By message, what was said between two instants and when. */
    private Map<Integer, Long> said(long from, long to) {
        Map<Integer, Long> said = new HashMap<>();
        ledger.forEach(event -> {
            if (event.kind() == Event.Kind.SAID && within(event, from, to)) {
                said.put(event.message(), event.nanos());
            }
        });
        return said;
    }

    /** By message, when it was accepted first. */
    private Map<Integer, Long> accepted() {
        Map<Integer, Long> accepted = new HashMap<>();
        ledger.forEach(event -> {
            if (event.kind() == Event.Kind.ACCEPTED) {
                accepted.putIfAbsent(event.message(), event.nanos());
            }
        });
        return accepted;
    }

    private long count(Predicate<Event> which, long from, long to) {
        long[] count = {0};
        ledger.forEach(event -> count[0] += within(event, from, to) && which.test(event) ? 1 : 0);
        return count[0];
    }

    /** A device that only repeats what another says connects when it has something to repeat. */
    private boolean isReader(Event event) {
        return devices.get(event.device()).follows() != Device.Follows.NOTHING;
    }

    private static boolean within(Event event, long from, long to) {
        return event.nanos() >= from && event.nanos() <= to;
    }

    /** One message at one device. */
    private static long tryKey(Event event) {
        return (long) event.device() << Integer.SIZE | event.message();
    }

    private static Refusals together(Refusals a, Refusals b) {
        return new Refusals(a.count() + b.count(), a.slowest().compareTo(b.slowest()) > 0 ? a.slowest() : b.slowest());
    }

    private static List<Integer> list(int[] counts) {
        return Arrays.stream(counts).boxed().toList();
    }

    private static long latency(long said, @Nullable Long accepted) {
        return accepted == null ? Long.MAX_VALUE : accepted - said;
    }

    private static Optional<Duration> percentile(long[] sorted, double percentile) {
        return sorted.length == 0 ? Optional.empty() : Optional.of(Duration.ofNanos(at(sorted, percentile)));
    }

    private static long at(long[] sorted, double percentile) {
        return sorted[Math.min(sorted.length - 1, (int) Math.ceil(sorted.length * percentile) - 1)];
    }
}

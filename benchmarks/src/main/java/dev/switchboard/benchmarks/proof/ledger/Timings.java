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
import org.jspecify.annotations.Nullable;

/**
 * How long things took in a run, from the ledger of its devices. Instants are nanoseconds since the ledger began, as {@link
 * Ledger#now} gives them. Reads the ledger as it is when this is made; one thread.
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

    private final List<Event> events = new ArrayList<>();
    private final List<Device> devices;

    /** Refusals of one code, and how long the slowest took from the try. */
    public record Refusals(int count, Duration slowest) {}

    public Timings(Ledger ledger) {
        ledger.forEach(events::add);
        this.devices = ledger.devices();
    }

    /**
     * Time from saying to ACCEPTED of what was said between two instants; a percentile such as 0.99. What was never accepted took
     * endlessly long. Empty if nothing was said.
     */
    public Optional<Duration> acceptedWithin(double percentile, long from, long to) {
        long[] latencies = latencies(from, to);
        return percentile(latencies, percentile);
    }

    /**
     * From the end of a fault until sends are accepted with p99 below 500 ms: the first second from which on that holds for what is
     * said in it. Counted from when something was said, so a device that waits before it tries again has not recovered. Empty if
     * it never happened.
     */
    public Optional<Duration> recovery(long faultEnd) {
        Map<Integer, Long> said = new HashMap<>();
        Map<Integer, Long> accepted = new HashMap<>();
        for (Event event : events) {
            if (event.kind() == Event.Kind.SAID && event.nanos() >= faultEnd) {
                said.put(event.message(), event.nanos());
            } else if (event.kind() == Event.Kind.ACCEPTED) {
                accepted.putIfAbsent(event.message(), event.nanos());
            }
        }
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
        for (Event event : events) {
            if (event.kind() == Event.Kind.CLOSE && isReader(event) && event.nanos() >= from && event.nanos() <= to) {
                gone.putIfAbsent(event.device(), event.nanos());
            } else if (event.kind() == Event.Kind.WELCOME) {
                Long since = gone.remove(event.device());
                if (since != null) {
                    times.add(Duration.ofNanos(event.nanos() - since));
                }
            } else if (event.kind() == Event.Kind.LEFT) {
                gone.remove(event.device());
            }
        }
        gone.forEach((device, since) -> times.add(ENDLESS));
        times.sort(Duration::compareTo);
        return times;
    }

    /** A percentile of sorted durations; empty if there are none. */
    public static Optional<Duration> percentile(List<Duration> sorted, double percentile) {
        return percentile(sorted.stream().mapToLong(Duration::toNanos).toArray(), percentile);
    }

    /** Tries that were without an answer at that instant. */
    public int inFlight(long instant) {
        Map<Integer, Map<Integer, Integer>> open = new HashMap<>();
        for (Event event : events) {
            if (event.nanos() > instant) {
                break;
            }
            int change = switch (event.kind()) {
                case SEND -> 1;
                case ACCEPTED, REFUSED, UNKNOWN -> -1;
                default -> 0;
            };
            if (change != 0) {
                open.computeIfAbsent(event.device(), device -> new HashMap<>())
                        .merge(event.message(), change, (a, b) -> Math.max(0, a + b));
            }
        }
        return open.values().stream()
                .flatMap(messages -> messages.values().stream())
                .mapToInt(count -> count)
                .sum();
    }

    /** Tries whose outcome stayed unknown, by silence or by a code that says so, between two instants. */
    public int unknown(long from, long to) {
        return (int) events.stream()
                .filter(event -> event.nanos() >= from && event.nanos() <= to)
                .filter(event -> event.kind() == Event.Kind.UNKNOWN
                        || (event.kind() == Event.Kind.REFUSED && !event.refusedForSure()))
                .count();
    }

    /** By code, between two instants. */
    public Map<RefusalCode, Refusals> refusals(long from, long to) {
        Map<RefusalCode, Refusals> byCode = new TreeMap<>();
        Map<Long, Long> tried = new HashMap<>();
        for (Event event : events) {
            long key = (long) event.device() << Integer.SIZE | event.message();
            if (event.kind() == Event.Kind.SEND) {
                tried.put(key, event.nanos());
            } else if (event.kind() == Event.Kind.REFUSED && event.nanos() >= from && event.nanos() <= to) {
                RefusalCode known = RefusalCode.forNumber(event.detail());
                Duration took = Duration.ofNanos(event.nanos() - tried.getOrDefault(key, event.nanos()));
                byCode.merge(
                        known == null ? RefusalCode.UNRECOGNIZED : known,
                        new Refusals(1, took),
                        (a, b) -> new Refusals(
                                a.count() + b.count(),
                                a.slowest().compareTo(b.slowest()) > 0 ? a.slowest() : b.slowest()));
            }
        }
        return byCode;
    }

    /** Connections that stood and ended between two instants, by code: without tries that were never welcomed. */
    public Map<Integer, Integer> dropped(long from, long to) {
        Map<Integer, Integer> byCode = new TreeMap<>();
        Set<Integer> standing = new HashSet<>();
        for (Event event : events) {
            if (event.kind() == Event.Kind.WELCOME) {
                standing.add(event.device());
            } else if (event.kind() == Event.Kind.CLOSE
                    && standing.remove(event.device())
                    && event.nanos() >= from
                    && event.nanos() <= to) {
                byCode.merge(event.detail(), 1, Integer::sum);
            }
        }
        return byCode;
    }

    /** Connections that ended between two instants, by code. */
    public Map<Integer, Integer> closes(long from, long to) {
        Map<Integer, Integer> byCode = new TreeMap<>();
        events.stream()
                .filter(event -> event.kind() == Event.Kind.CLOSE && event.nanos() >= from && event.nanos() <= to)
                .forEach(event -> byCode.merge(event.detail(), 1, Integer::sum));
        return byCode;
    }

    /** Welcomes between two instants: the largest share of all devices that fell into one second. Empty if there was none. */
    public OptionalDouble reconnectSpread(long from, long to) {
        long[] welcomes = events.stream()
                .filter(event -> event.kind() == Event.Kind.WELCOME && isReader(event))
                .filter(event -> event.nanos() >= from && event.nanos() <= to)
                .mapToLong(Event::nanos)
                .toArray();
        int most = 0;
        int first = 0;
        for (int i = 0; i < welcomes.length; i++) {
            while (welcomes[i] - welcomes[first] >= SECOND) {
                first++;
            }
            most = Math.max(most, i - first + 1);
        }
        return welcomes.length == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of((double) most / Math.max(1, connectedDevices()));
    }

    /**
     * Of what was accepted between two instants: how long after {@code instant} the last device showed it that came to show it.
     * Empty if nobody showed any of it later than that.
     */
    public Optional<Duration> shownAfter(long instant, long acceptedFrom, long acceptedTo) {
        Set<Integer> messages = new HashSet<>();
        events.stream()
                .filter(event -> event.kind() == Event.Kind.ACCEPTED)
                .filter(event -> event.nanos() >= acceptedFrom && event.nanos() <= acceptedTo)
                .forEach(event -> messages.add(event.message()));
        return events.stream()
                .filter(event -> event.kind() == Event.Kind.SHOWN && event.nanos() > instant)
                .filter(event -> messages.contains(event.message()))
                .map(event -> Duration.ofNanos(event.nanos() - instant))
                .max(Duration::compareTo);
    }

    /** When something was said for the first time; empty if nothing was. */
    public Optional<Long> firstSaid() {
        return events.stream()
                .filter(event -> event.kind() == Event.Kind.SAID)
                .map(Event::nanos)
                .findFirst();
    }

    /** How often something happened. */
    public long count(Event.Kind kind) {
        return events.stream().filter(event -> event.kind() == kind).count();
    }

    /** What was accepted, delivered and refused in each bucket; marks are from the ledger's beginning and are moved. */
    public Timeline timeline(Duration bucket, List<Timeline.Mark> marks) {
        long start = firstSaid().orElse(0L);
        long end = events.isEmpty() ? start : events.get(events.size() - 1).nanos();
        int buckets = (int) Math.max(1, (end - start) / bucket.toNanos() + 1);
        int[] accepted = new int[buckets];
        int[] delivered = new int[buckets];
        int[] refused = new int[buckets];
        for (Event event : events) {
            if (event.nanos() < start) {
                continue;
            }
            int at = (int) ((event.nanos() - start) / bucket.toNanos());
            switch (event.kind()) {
                case ACCEPTED -> accepted[at] += event.detail() == 0 ? 1 : 0;
                case SHOWN -> delivered[at] += event.detail() == Event.OWN ? 0 : 1;
                case REFUSED -> refused[at]++;
                default -> {}
            }
        }
        List<Timeline.Mark> moved = marks.stream()
                .map(mark -> new Timeline.Mark(
                        mark.from().minusNanos(start), mark.to().minusNanos(start), mark.label()))
                .toList();
        return new Timeline(bucket, list(accepted), list(delivered), list(refused), moved);
    }

    private static List<Integer> list(int[] counts) {
        return Arrays.stream(counts).boxed().toList();
    }

    /** A device that only repeats what another says connects when it has something to repeat. */
    private boolean isReader(Event event) {
        return devices.get(event.device()).follows() != Device.Follows.NOTHING;
    }

    private long connectedDevices() {
        return events.stream()
                .filter(event -> event.kind() == Event.Kind.WELCOME)
                .filter(this::isReader)
                .mapToInt(Event::device)
                .distinct()
                .count();
    }

    private long[] latencies(long from, long to) {
        Map<Integer, Long> said = new HashMap<>();
        Map<Integer, Long> accepted = new HashMap<>();
        for (Event event : events) {
            if (event.kind() == Event.Kind.SAID && event.nanos() >= from && event.nanos() <= to) {
                said.put(event.message(), event.nanos());
            } else if (event.kind() == Event.Kind.ACCEPTED) {
                accepted.putIfAbsent(event.message(), event.nanos());
            }
        }
        return said.entrySet().stream()
                .mapToLong(entry -> latency(entry.getValue(), accepted.get(entry.getKey())))
                .sorted()
                .toArray();
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

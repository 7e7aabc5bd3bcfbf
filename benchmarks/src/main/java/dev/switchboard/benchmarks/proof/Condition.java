package dev.switchboard.benchmarks.proof;

import dev.switchboard.benchmarks.proof.report.RowResult.Check;
import dev.switchboard.benchmarks.proof.site.LogScan;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.Service;
import dev.switchboard.benchmarks.proof.site.Vitals;
import dev.switchboard.servers.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How the gateways and workers of one site were at rest, after they had worked for a while, and whether they are so again: I7 and
 * I8. One thread.
 */
final class Condition {
    /** Heap of the local stack and what a JVM takes besides: code, threads, buffers, followed by the leak detector. */
    static final long RSS_BYTES_MAX = 768L * 1024 * 1024;

    private static final double HEAP_GROWTH_MAX = 1.10;

    /**
     * A tenth of a program that has hardly begun is less than what its pools still lack, and what a worker keeps that has drained a
     * backlog.
     */
    private static final long HEAP_BYTES_MORE_MAX = 16L * 1024 * 1024;

    private static final int FILES_MORE_MAX = 5;
    /** Clients have left before; pools and timers may need a moment. */
    private static final Duration REST_TIMEOUT = Duration.ofSeconds(30);

    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final double MIB = 1024 * 1024;

    private final ProofSite site;
    private final Map<Service, Vitals> base = new LinkedHashMap<>();
    private Map<Service, LogScan> logs = new LinkedHashMap<>();

    /** As it is now. */
    Condition(ProofSite site) {
        this.site = site;
        site.services().forEach(service -> base.put(service, service.vitals()));
        begin();
    }

    /** A row begins: logs are of interest from here on. */
    void begin() {
        logs = new LinkedHashMap<>();
        site.services().forEach(service -> logs.put(service, LogScan.fromNow(service.log())));
    }

    /** I7, when all have come to rest. */
    Check vitals(Evidence evidence) {
        List<String> excesses = new ArrayList<>();
        Map<Service, Vitals> now = new LinkedHashMap<>();
        long[] looked = {System.nanoTime() - LOOK_EVERY.toNanos()};
        Await.until(REST_TIMEOUT, () -> {
            if (System.nanoTime() - looked[0] < LOOK_EVERY.toNanos()) {
                return false;
            }
            looked[0] = System.nanoTime();
            excesses.clear();
            site.services().forEach(service -> now.put(service, service.vitals()));
            now.forEach((service, vitals) -> excesses.addAll(excesses(service, vitals)));
            return excesses.isEmpty();
        });
        now.forEach((service, vitals) -> evidence.number(service.name(), text(vitals)));
        return new Check(
                "I7",
                String.format(
                        Locale.ROOT,
                        "RSS up to %.0f MiB; heap after collection up to %.0f %% of the start or %.0f MiB more; up to %d files more",
                        RSS_BYTES_MAX / MIB,
                        HEAP_GROWTH_MAX * 100,
                        HEAP_BYTES_MORE_MAX / MIB,
                        FILES_MORE_MAX),
                excesses.isEmpty() ? "so" : String.join("; ", excesses),
                excesses.isEmpty());
    }

    /** I8. */
    Check defects() {
        List<String> defects = new ArrayList<>();
        logs.forEach((service, log) -> log.defects().forEach(line -> defects.add(service.name() + " logged: " + line)));
        return new Check(
                "I8",
                "exceptions nobody caught, leaked buffers: none",
                defects.isEmpty() ? "none" : defects.size() + ": " + defects.get(0),
                defects.isEmpty());
    }

    private List<String> excesses(Service service, Vitals now) {
        Vitals before = base.getOrDefault(service, now);
        List<String> excesses = new ArrayList<>();
        if (now.rssBytes() > RSS_BYTES_MAX) {
            excesses.add("%s: RSS %s".formatted(service.name(), mib(now.rssBytes())));
        }
        long heapMax =
                Math.max((long) (before.heapBytes() * HEAP_GROWTH_MAX), before.heapBytes() + HEAP_BYTES_MORE_MAX);
        if (now.heapBytes() > heapMax) {
            excesses.add("%s: heap %s, at the start %s"
                    .formatted(service.name(), mib(now.heapBytes()), mib(before.heapBytes())));
        }
        if (now.files() > before.files() + FILES_MORE_MAX) {
            excesses.add("%s: %d files, at the start %d".formatted(service.name(), now.files(), before.files()));
        }
        return excesses;
    }

    private static String text(Vitals vitals) {
        return "RSS %s, heap %s, %d files".formatted(mib(vitals.rssBytes()), mib(vitals.heapBytes()), vitals.files());
    }

    private static String mib(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / MIB);
    }
}

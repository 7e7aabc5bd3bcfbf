package dev.switchboard.benchmarks.proof.row.redis;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.ledger.Timings.Refusals;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.Service;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** F05: Redis hangs for a while and then does what it was asked meanwhile. Has no state. */
public final class RedisPaused implements Row {
    private static final Duration PAUSE = Duration.ofSeconds(10);
    private static final Duration ANSWER_MAX = Duration.ofMillis(2_500);
    private static final Duration RECOVERY_MAX = Duration.ofSeconds(5);
    private static final long HEAP_RISE_MAX = 50L << 20;
    private static final double PAUSE_AT = 3;

    @Override
    public String id() {
        return "F05";
    }

    @Override
    public String title() {
        return "SIGSTOP of Redis for 10 s";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        ProofSite site = context.site();
        try (Trial trial = context.trial()) {
            trial.awaitSecond(PAUSE_AT);
            Map<Service, Long> before = heaps(site);
            long from = trial.now();
            trial.mark("SIGSTOP Redis", () -> site.redis().pause());
            trial.awaitSecond(PAUSE_AT + PAUSE.toSeconds());
            long rise = heaps(site).entrySet().stream()
                    .mapToLong(heap -> heap.getValue() - before.getOrDefault(heap.getKey(), 0L))
                    .max()
                    .orElse(Long.MAX_VALUE);
            long awake = trial.mark("SIGCONT", () -> site.redis().resume());
            trial.mark("Redis hangs", from, awake);
            Evidence evidence = trial.end();
            Timings timings = trial.timings();
            Duration slowest = timings.refusals(from, awake).values().stream()
                    .map(Refusals::slowest)
                    .max(Duration::compareTo)
                    .orElse(Timings.ENDLESS);
            Optional<Duration> recovery = timings.recovery(awake);
            Map<Integer, Integer> closes = timings.closes(from, awake);
            return evidence.check(
                            "answers meanwhile",
                            "within " + Numbers.seconds(ANSWER_MAX),
                            Numbers.seconds(slowest),
                            slowest.compareTo(ANSWER_MAX) <= 0)
                    .check(
                            "recovery",
                            "up to " + Numbers.seconds(RECOVERY_MAX),
                            Numbers.seconds(recovery),
                            recovery.isPresent() && recovery.get().compareTo(RECOVERY_MAX) <= 0)
                    .check("sockets dropped", "none", closes.toString(), closes.isEmpty())
                    .check(
                            "heap of the gateways",
                            "rises by %d MiB at most".formatted(HEAP_RISE_MAX >> 20),
                            "%.1f MiB".formatted(rise / 1024.0 / 1024),
                            rise <= HEAP_RISE_MAX)
                    .number("slowest answer", Numbers.seconds(slowest))
                    .number("recovery", Numbers.seconds(recovery));
        }
    }

    private static Map<Service, Long> heaps(ProofSite site) {
        Map<Service, Long> heaps = new LinkedHashMap<>();
        site.gateways().forEach(gateway -> heaps.put(gateway, gateway.vitals().heapBytes()));
        return heaps;
    }
}

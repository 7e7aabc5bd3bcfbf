package dev.switchboard.benchmarks.proof.row;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.ledger.Timings.Refusals;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.proto.v1.RefusalCode;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** F04: Redis dies and comes back with what it has on disk. Has no state. */
final class RedisKilled implements Row {
    private static final Duration DOWN = Duration.ofSeconds(5);
    private static final Duration REFUSAL_MAX = Duration.ofMillis(2_500);
    private static final Duration RECOVERY_MAX = Duration.ofSeconds(5);
    private static final double KILL_AT = 0.2;

    @Override
    public String id() {
        return "F04";
    }

    @Override
    public String title() {
        return "SIGKILL of Redis, restarted after 5 s";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        ProofSite site = context.site();
        double load = context.load().toMillis() / 1000.0;
        // At least 5 s of talk are left after the restart, to recover in.
        double killAt = load * KILL_AT;
        try (Trial trial = context.trial(site, context.steadyPlan())) {
            trial.awaitSecond(killAt);
            long before = trial.now();
            trial.mark("SIGKILL Redis", () -> site.redis().kill());
            trial.awaitSecond(killAt + DOWN.toSeconds());
            long back = trial.mark("start Redis", () -> site.redis().restart());
            trial.mark("Redis down", before, back);
            Evidence evidence = trial.end();
            Timings timings = trial.timings();
            Map<RefusalCode, Refusals> refusals = timings.refusals(before, back);
            Refusals unavailable = refusals.getOrDefault(RefusalCode.UNAVAILABLE, new Refusals(0, Duration.ZERO));
            Optional<Duration> recovery = timings.recovery(back);
            Map<Integer, Integer> dropped = timings.dropped(before, back);
            return evidence.check(
                            "refusals",
                            "UNAVAILABLE within " + Numbers.seconds(REFUSAL_MAX),
                            unavailable.count() + ", the slowest after " + Numbers.seconds(unavailable.slowest()),
                            unavailable.count() > 0 && unavailable.slowest().compareTo(REFUSAL_MAX) <= 0)
                    .check(
                            "recovery",
                            "up to " + Numbers.seconds(RECOVERY_MAX),
                            Numbers.seconds(recovery),
                            recovery.isPresent() && recovery.get().compareTo(RECOVERY_MAX) <= 0)
                    .check("sockets dropped", "none", dropped.toString(), dropped.isEmpty())
                    .number("refused", unavailable.count() + ", slowest " + Numbers.seconds(unavailable.slowest()))
                    .number("recovery", Numbers.seconds(recovery));
        }
    }
}

package dev.switchboard.benchmarks.proof.row;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
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
    /** Before, down, starting, and as long as it may take to recover. */
    private static final Duration LOAD_MIN = Duration.ofSeconds(15);

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
        // A client that leaves by itself while Redis is down comes back only after a pause, which says nothing of
        // Redis.
        FleetPlan steady = context.steadyPlan();
        Duration lasts = context.load().compareTo(LOAD_MIN) < 0 ? LOAD_MIN : context.load();
        FleetPlan plan = steady.with(steady.talk().of(steady.talk().perSecond(), lasts));
        double killAt = lasts.toSeconds() * KILL_AT;
        try (Trial trial = context.trial(site, plan)) {
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
            Map<Integer, Integer> dropped = timings.closes(before, back);
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

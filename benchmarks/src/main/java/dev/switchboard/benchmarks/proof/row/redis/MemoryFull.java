package dev.switchboard.benchmarks.proof.row.redis;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.ledger.Timings.Refusals;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.RedisShell;
import dev.switchboard.benchmarks.proof.site.Service;
import dev.switchboard.benchmarks.proof.site.SitePlan;
import dev.switchboard.proto.v1.RefusalCode;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * F08: Redis has no memory left, because nobody stores what is accepted. PUBLISH still works then, and must not show what was not
 * appended. Has no state.
 */
public final class MemoryFull implements Row {
    private static final Duration TALK = Duration.ofSeconds(45);
    private static final double STOP_AT = 2;
    private static final double RESUME_AT = 20;
    /** What tails and ids take anyway when all is stored, and some seconds of load. */
    private static final long ROOM_BYTES = 5L << 20;

    private static final Duration BACK_MAX = Duration.ofSeconds(30);
    private static final Set<RefusalCode> EXPECTED = EnumSet.of(RefusalCode.BACKLOG_FULL, RefusalCode.OVERLOADED);

    @Override
    public String id() {
        return "F08";
    }

    @Override
    public String title() {
        return "Redis out of memory while no worker runs";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        // It is Redis that refuses here; the gateways' own limit would come first.
        ProofSite site = context.freshSite(SitePlan.USUAL.with(SitePlan.GATEWAY, "REDIS_MEMORY_PERCENT_MAX", "100"));
        try (Trial trial = context.trial(site, FleetPlan.usual(context.seed(), TALK));
                RedisShell redis = RedisShell.open(site)) {
            trial.awaitSecond(STOP_AT);
            long from = trial.mark("stop the workers", () -> site.workers().forEach(Service::pause));
            long limit = Long.parseLong(redis.info("memory", "used_memory")) + ROOM_BYTES;
            redis.text("CONFIG", "SET", "maxmemory", Long.toString(limit));
            trial.awaitSecond(RESUME_AT);
            long resumed = trial.mark("start the workers", () -> site.workers().forEach(Service::resume));
            trial.mark("nobody stores", from, resumed);
            Evidence evidence = trial.end();
            Timings timings = trial.timings();
            Map<RefusalCode, Refusals> refusals = new EnumMap<>(RefusalCode.class);
            refusals.putAll(timings.refusals(from, resumed));
            Optional<Duration> recovery = timings.recovery(resumed);
            return evidence.check(
                            "refusals",
                            "BACKLOG_FULL or OVERLOADED and no other",
                            refusals.toString(),
                            !refusals.isEmpty() && EXPECTED.containsAll(refusals.keySet()))
                    .check(
                            "accepts again",
                            "up to " + Numbers.seconds(BACK_MAX) + " after the workers run, without a restart",
                            Numbers.seconds(recovery),
                            recovery.isPresent() && recovery.get().compareTo(BACK_MAX) <= 0)
                    .number("accepts again after", Numbers.seconds(recovery));
        }
    }
}

package dev.switchboard.benchmarks.proof.row.gateway;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.ProofOptions;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.ledger.Timings.Refusals;
import dev.switchboard.benchmarks.proof.row.ClockShim;
import dev.switchboard.benchmarks.proof.row.RawClient;
import dev.switchboard.benchmarks.proof.site.ProgramPlan;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.RedisShell;
import dev.switchboard.benchmarks.proof.site.SitePlan;
import dev.switchboard.proto.v1.RefusalCode;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * F24: the clock of one gateway is ahead, that of the other behind, and Redis' clock jumps back. Tokens are judged by the clock of
 * whoever judges; nothing else depends on any of them. Has no state.
 */
public final class ClocksOff implements Row {
    private static final Duration OFF = Duration.ofHours(2);
    private static final Duration JUMP = Duration.ofMinutes(-1);
    private static final double JUMP_AT = 10;
    private static final Duration LOAD = Duration.ofSeconds(45);
    private static final Duration LOAD_SHORT = Duration.ofSeconds(25);
    private static final Duration ANSWER_MAX = Duration.ofSeconds(15);
    private static final Duration HOUR = Duration.ofHours(1);
    /** A token that runs out is good for so much longer, and a connection lasts no longer than that. */
    private static final Duration LEEWAY = Duration.ofSeconds(30);

    private static final Duration EXPIRED_MAX = Duration.ofSeconds(35);
    private static final int EXPIRED_CODE = 4001;
    /** The longest that anything is kept, see mark.lua. */
    private static final Duration KEPT_MAX = Duration.ofHours(1);

    private static final String REDIS = "redis";

    @Override
    public String id() {
        return "F24";
    }

    @Override
    public String title() {
        return "clocks: one gateway 2 h ahead, the other 2 h behind, Redis jumps back 60 s";
    }

    @Override
    public Optional<String> lacks() {
        return ClockShim.lacks();
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        ClockShim shim = ClockShim.build(context.dir().resolve("clock"));
        // Rates as strict as they may be for this load: whoever is at their limit feels that time went back.
        ProofSite site = context.freshSite(SitePlan.USUAL
                .with(SitePlan.GATEWAY, "RATE_USER_PER_MINUTE", "180")
                .with(SitePlan.GATEWAY, "RATE_USER_BURST", "30")
                .with(SitePlan.GATEWAY + " 1", ProgramPlan.USUAL.behind(shim.off(OFF)))
                .with(SitePlan.GATEWAY + " 2", ProgramPlan.USUAL.behind(shim.off(OFF.negated())))
                .redisBehind(shim.movable(REDIS)));
        Duration load = context.mode() == ProofOptions.Mode.SHORT ? LOAD_SHORT : LOAD;
        FleetPlan plan = context.plan();
        plan = plan.with(plan.talk().of(plan.talk().perSecond(), load));
        try (Trial trial = context.trial(site, plan)) {
            Evidence tokens = tokens(site);
            trial.awaitSecond(JUMP_AT);
            long jumped;
            boolean moved;
            String expired;
            try (Expiry expiry = Expiry.begin(site)) {
                shim.jump(REDIS, JUMP);
                moved = movedBy(site, JUMP);
                jumped = trial.mark(moved ? "Redis' clock jumps back" : "no jump", () -> {});
                expired = expiry.await();
            }
            trial.awaitTalk();
            Duration longest = longestTimeToLive(site);
            Evidence evidence = trial.end().addAll(tokens.checks());
            evidence.check(
                    "a token runs out on an open connection",
                    "%d from %s to %s later by that gateway's clock; at the other one it stays"
                            .formatted(EXPIRED_CODE, Numbers.seconds(LEEWAY), Numbers.seconds(EXPIRED_MAX)),
                    expired.isEmpty() ? "so" : expired,
                    expired.isEmpty());
            times(evidence, trial.timings(), jumped, moved ? KEPT_MAX.minus(JUMP) : KEPT_MAX, longest);
            return evidence.number("Redis' clock", moved ? "jumped" : "left out: its program is linked statically");
        }
    }

    private static void times(Evidence evidence, Timings timings, long jumped, Duration keptMax, Duration longest) {
        Optional<Refusals> tooFast =
                Optional.ofNullable(timings.refusals(jumped, Long.MAX_VALUE).get(RefusalCode.RATE_LIMITED));
        evidence.check(
                        "refused as too fast after Redis' clock",
                        "none",
                        tooFast.map(Refusals::toString).orElse("none"),
                        tooFast.isEmpty())
                .check(
                        "longest life of a key in Redis",
                        "up to " + keptMax,
                        longest.toString(),
                        longest.compareTo(keptMax) <= 0);
    }

    /** Tokens that begin and end about now, at two doors whose clocks differ by four hours. */
    private static Evidence tokens(ProofSite site) throws IOException {
        Instant now = Instant.now();
        Evidence evidence = new Evidence();
        judge(
                evidence,
                site,
                "good by every clock",
                site.token(
                        "clock-all", now.minus(OFF.plus(HOUR)), OFF.plus(HOUR).multipliedBy(2)),
                true,
                true);
        judge(evidence, site, "new, for 3 h", site.token("clock-a", now, OFF.plus(HOUR)), true, false);
        judge(
                evidence,
                site,
                "from 3 h ago, for 1 h more",
                site.token("clock-b", now.minus(OFF.plus(HOUR)), OFF.plus(HOUR.multipliedBy(2))),
                false,
                true);
        judge(evidence, site, "new, for 1 h", site.token("clock-none", now, HOUR), false, false);
        return evidence;
    }

    private static void judge(
            Evidence evidence, ProofSite site, String what, String token, boolean ahead, boolean behind)
            throws IOException {
        int found0 = status(site.doors().get(0), token);
        int found1 = status(site.doors().get(1), token);
        int expected0 = ahead ? RawClient.WELCOME : RawClient.UNAUTHORIZED;
        int expected1 = behind ? RawClient.WELCOME : RawClient.UNAUTHORIZED;
        evidence.check(
                "a token " + what,
                "ahead %d, behind %d".formatted(expected0, expected1),
                "ahead %d, behind %d".formatted(found0, found1),
                found0 == expected0 && found1 == expected1);
    }

    private static int status(URI door, String token) throws IOException {
        try (RawClient client = RawClient.knock(door, token)) {
            return client.status(ANSWER_MAX);
        }
    }

    private static boolean movedBy(ProofSite site, Duration by) {
        try (RedisShell redis = RedisShell.open(site)) {
            return redis.clockAhead().minus(by).abs().compareTo(by.abs().dividedBy(2)) < 0;
        }
    }

    private static Duration longestTimeToLive(ProofSite site) {
        long longest = 0;
        try (RedisShell redis = RedisShell.open(site)) {
            for (String key : redis.list("KEYS", "*")) {
                longest = Math.max(longest, Long.parseLong(redis.text("PTTL", key)));
            }
        }
        return Duration.ofMillis(longest);
    }

    /** Two connections with the same token, which soon runs out by the clock that is ahead. One thread. */
    private record Expiry(RawClient ahead, RawClient behind, Instant expires) implements AutoCloseable {
        private static final Duration SOON = Duration.ofSeconds(3);
        private static final Duration LISTENED = Duration.ofMillis(200);

        static Expiry begin(ProofSite site) throws IOException {
            Instant from = Instant.now().truncatedTo(ChronoUnit.SECONDS).minus(OFF.plus(HOUR));
            Duration life = OFF.plus(HOUR).plus(OFF).plus(SOON);
            String token = site.token("clock-soon", from, life);
            RawClient ahead = RawClient.knock(site.doors().get(0), token);
            RawClient behind = RawClient.knock(site.doors().get(1), token);
            return new Expiry(ahead, behind, from.plus(life).minus(OFF));
        }

        /** What is wrong; empty if all is as it should be. */
        String await() throws IOException {
            int aheadStatus = ahead.status(ANSWER_MAX);
            int behindStatus = behind.status(ANSWER_MAX);
            if (aheadStatus != RawClient.WELCOME || behindStatus != RawClient.WELCOME) {
                return "not let in: %d, %d".formatted(aheadStatus, behindStatus);
            }
            int code = RawClient.SILENT;
            int other = RawClient.SILENT;
            Instant latest = expires.plus(EXPIRED_MAX).plus(EXPIRED_MAX);
            // In turn, so that both answer heartbeats.
            while (code == RawClient.SILENT
                    && other == RawClient.SILENT
                    && Instant.now().isBefore(latest)) {
                code = ahead.closeCode(LISTENED);
                other = behind.closeCode(LISTENED);
            }
            Duration after = Duration.between(expires, Instant.now());
            boolean inTime = after.compareTo(LEEWAY) >= 0 && after.compareTo(EXPIRED_MAX) <= 0;
            return code == EXPIRED_CODE && inTime && other == RawClient.SILENT
                    ? ""
                    : "ahead %d, behind %d, after %s".formatted(code, other, Numbers.seconds(after));
        }

        @Override
        public void close() {
            ahead.close();
            behind.close();
        }
    }
}

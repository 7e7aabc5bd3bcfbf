package dev.switchboard.benchmarks.proof.row;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.ProofOptions;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.link.LinkMode;
import dev.switchboard.benchmarks.proof.link.TcpProxy;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** F09: one gateway loses Redis for a while, the other doesn't. Has no state. */
final class RedisLinkCut implements Row {
    /** So that there is room for a cut of full length. */
    private static final Duration TALK_MIN = Duration.ofSeconds(30);

    private static final Duration CUT_MAX = Duration.ofSeconds(15);
    private static final double CUT_PART = 0.5;
    private static final double CUT_AT = 0.2;
    private static final Duration CAUGHT_UP_MAX = Duration.ofSeconds(5);

    @Override
    public String id() {
        return "F09";
    }

    @Override
    public String title() {
        return "one gateway cut off from Redis";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        ProofSite site = context.site();
        TcpProxy link = site.links().gatewayRedis().get(0);
        boolean full =
                context.mode() != ProofOptions.Mode.SHORT && context.load().compareTo(TALK_MIN) < 0;
        Duration talk = full ? TALK_MIN : context.load();
        double load = talk.toMillis() / 1000.0;
        FleetPlan plan = context.steadyPlan();
        double cut = Math.min((double) CUT_MAX.toSeconds(), load * CUT_PART);
        try (Trial trial =
                context.trial(site, plan.with(plan.talk().of(plan.talk().perSecond(), talk)))) {
            trial.awaitSecond(load * CUT_AT);
            long from = trial.now();
            trial.mark("cut " + link.name(), () -> link.mode(LinkMode.CUT));
            trial.awaitSecond(load * CUT_AT + cut);
            long healed = trial.mark("heal", () -> link.mode(LinkMode.PASS));
            trial.mark(link.name() + " cut", from, healed);
            Evidence evidence = trial.end();
            Timings timings = trial.timings();
            Optional<Duration> shown = timings.shownAfter(healed, from, healed);
            Map<Integer, Integer> dropped = timings.closes(from, healed);
            return evidence.check(
                            "what was accepted meanwhile",
                            "shown everywhere up to " + Numbers.seconds(CAUGHT_UP_MAX) + " after the link is back",
                            shown.map(Numbers::seconds).orElse("nothing was late"),
                            shown.isPresent() && shown.get().compareTo(CAUGHT_UP_MAX) <= 0)
                    .check("sockets dropped", "none", dropped.toString(), dropped.isEmpty())
                    .number("caught up", Numbers.seconds(shown))
                    .number("cut for", Numbers.seconds(Duration.ofNanos(healed - from)));
        }
    }
}

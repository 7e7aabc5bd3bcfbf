package dev.switchboard.benchmarks.proof.row.redis;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.link.LinkMode;
import dev.switchboard.benchmarks.proof.link.TcpProxy;
import dev.switchboard.benchmarks.proof.row.Delays;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.SiteLinks;
import java.time.Duration;

/**
 * F10: publications to one gateway are lost without a sign, and with them the last message of every conversation: nothing that
 * comes later reveals it. Has no state.
 */
public final class RoomsBlackholed implements Row {
    private static final Duration LOST = Duration.ofSeconds(30);
    private static final Duration SHOWN_MAX = Duration.ofSeconds(20);
    private static final Duration TALK = Duration.ofSeconds(12);
    private static final double FROM = 4;

    @Override
    public String id() {
        return "F10";
    }

    @Override
    public String title() {
        return "one gateway's subscriptions in a black hole for 30 s, the last messages in it";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        ProofSite site = context.site();
        TcpProxy link = site.links().gatewayRedis().get(0);
        try (Trial trial = context.trial(site, FleetPlan.usual(context.seed(), TALK))) {
            trial.awaitSecond(FROM);
            long from = trial.now();
            trial.mark(
                    "black hole",
                    () -> link.mode(LinkMode.BLACKHOLE, connection -> connection.said(SiteLinks.SUBSCRIBE)));
            trial.awaitSecond(FROM + LOST.toSeconds());
            long healed = trial.mark("heal", () -> link.mode(LinkMode.PASS));
            trial.mark("publications lost", from, healed);
            Evidence evidence = trial.end();
            Delays delays = Delays.of(trial.ledger(), from, healed);
            return evidence.check(
                            "a lost tail",
                            "shown within " + Numbers.seconds(SHOWN_MAX),
                            Numbers.seconds(delays.longest()),
                            delays.messages() > 0 && delays.longest().compareTo(SHOWN_MAX) <= 0)
                    .number("latest shown after", Numbers.seconds(delays.longest()))
                    .number("messages meanwhile", Integer.toString(delays.messages()));
        }
    }
}

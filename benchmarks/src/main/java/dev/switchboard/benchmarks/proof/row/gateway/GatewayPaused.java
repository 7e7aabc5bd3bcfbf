package dev.switchboard.benchmarks.proof.row.gateway;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.RedisShell;
import dev.switchboard.benchmarks.proof.site.Service;
import dev.switchboard.servers.Await;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** F03: a gateway stands still for a while, with all its connections open, and then goes on as if nothing had been. Has no state. */
public final class GatewayPaused implements Row {
    private static final Duration PAUSE = Duration.ofSeconds(20);
    private static final Duration NOTICED_MAX = Duration.ofSeconds(35);
    private static final Duration PRESENCE_MAX = Duration.ofSeconds(60);
    private static final Duration LOAD = Duration.ofSeconds(45);
    private static final double PAUSE_AT = 5;

    @Override
    public String id() {
        return "F03";
    }

    @Override
    public String title() {
        return "SIGSTOP of a gateway for 20 s";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        ProofSite site = context.site();
        Service paused = site.gateways().get(0);
        Evidence evidence;
        Timings timings;
        long from;
        try (Trial trial = context.trial(site, FleetPlan.usual(context.seed(), LOAD))) {
            trial.awaitSecond(PAUSE_AT);
            from = trial.now();
            trial.mark("SIGSTOP " + paused.name(), paused::pause);
            trial.awaitSecond(PAUSE_AT + PAUSE.toSeconds());
            long awake = trial.mark("SIGCONT", paused::resume);
            trial.mark(paused.name() + " stands still", from, awake);
            evidence = trial.end();
            timings = trial.timings();
            Optional<Duration> shown = timings.shownAfter(from, from, awake);
            evidence.check(
                            "what was accepted meanwhile",
                            "shown everywhere within " + Numbers.seconds(NOTICED_MAX) + " of the stop",
                            Numbers.seconds(shown),
                            shown.isPresent() && shown.get().compareTo(NOTICED_MAX) <= 0)
                    .number("all shown", Numbers.seconds(shown));
        }
        long left = System.nanoTime();
        boolean gone = Await.until(PRESENCE_MAX, () -> rooms(site).isEmpty());
        Duration took = Duration.ofNanos(System.nanoTime() - left);
        return evidence.check(
                "presence",
                "nobody is there within " + Numbers.seconds(PRESENCE_MAX) + " after all have left",
                gone ? Numbers.seconds(took) : rooms(site).size() + " rooms still have a member",
                gone);
    }

    private static List<String> rooms(ProofSite site) {
        try (RedisShell redis = RedisShell.open(site)) {
            return redis.list("PUBSUB", "SHARDCHANNELS", "*:user:*");
        }
    }
}

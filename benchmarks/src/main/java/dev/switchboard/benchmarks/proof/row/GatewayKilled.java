package dev.switchboard.benchmarks.proof.row;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.Service;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** F01: a gateway dies without a word; its clients go on at the other one. Has no state. */
final class GatewayKilled implements Row {
    private static final Duration BACK_MAX = Duration.ofSeconds(10);
    private static final double P99 = 0.99;
    /** Of the load: enough before to be in full swing, enough after for everybody to come back. */
    private static final double KILL_AT = 0.3;

    /** When everybody knows that the connection is gone: the system says so at once. */
    private static final Duration NOTICED = Duration.ofSeconds(3);

    private static final double RESTART_AT = 0.6;

    @Override
    public String id() {
        return "F01";
    }

    @Override
    public String title() {
        return "SIGKILL of a gateway, restarted later";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        ProofSite site = context.site();
        Service killed = site.gateways().get(0);
        double load = context.load().toMillis() / 1000.0;
        try (Trial trial = context.trial(site, context.steadyPlan())) {
            trial.awaitSecond(load * KILL_AT);
            long before = trial.now();
            long dead = trial.mark("SIGKILL " + killed.name(), killed::kill);
            trial.awaitSecond(load * RESTART_AT);
            trial.mark("start " + killed.name(), () -> {
                killed.restart();
                killed.awaitReady();
            });
            Evidence evidence = trial.end();
            Timings timings = trial.timings();
            long end = trial.now();
            List<Duration> back = timings.backAgain(before, dead + NOTICED.toNanos());
            Optional<Duration> p99 = Timings.percentile(back, P99);
            // What was sent while the signal was on its way is in flight, too.
            long inFlight = timings.inFlight(before) + timings.count(Event.Kind.SEND, before, dead);
            int unknown = timings.unknown(before, end);
            return evidence.check(
                            "clients back",
                            "p99 up to " + Numbers.seconds(BACK_MAX),
                            Numbers.seconds(p99) + " of " + back.size(),
                            p99.isPresent() && p99.get().compareTo(BACK_MAX) <= 0)
                    .check(
                            "unknown sends",
                            "no more than were in flight at the kill: " + inFlight,
                            Integer.toString(unknown),
                            unknown <= inFlight)
                    .check(
                            "refusals afterwards",
                            "none by the other gateway",
                            timings.refusals(dead, end).toString(),
                            timings.refusals(dead, end).isEmpty())
                    .number("clients back, p99", Numbers.seconds(p99))
                    .number("unknown", unknown + " of " + inFlight + " in flight");
        }
    }
}

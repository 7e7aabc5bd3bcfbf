package dev.switchboard.benchmarks.proof.row.gateway;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.Service;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/** F02: both gateways are restarted in order, one after the other, as a deployment does it. Has no state. */
public final class GatewaysRolled implements Row {
    private static final Duration EXIT_MAX = Duration.ofSeconds(30);
    private static final double SPREAD_MAX = 0.2;
    private static final int SERVICE_RESTART = 1012;
    /** Both stops with their drain of 10 s and both starts take about as long. */
    private static final Duration LOAD = Duration.ofSeconds(45);

    private static final double FIRST_AT = 3;

    @Override
    public String id() {
        return "F02";
    }

    @Override
    public String title() {
        return "SIGTERM of one gateway, then of the other, each started again";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        ProofSite site = context.site();
        FleetPlan plan = FleetPlan.usual(context.seed(), LOAD);
        // Clients that leave of their own accord would count as some that came back.
        plan = plan.with(new FleetPlan.Trouble(plan.trouble().againShare(), 0, false));
        try (Trial trial = context.trial(site, plan)) {
            trial.awaitSecond(FIRST_AT);
            long from = trial.now();
            Duration longest = Duration.ZERO;
            for (Service gateway : site.gateways()) {
                Duration took = roll(trial, gateway);
                longest = took.compareTo(longest) > 0 ? took : longest;
            }
            long to = trial.now();
            Evidence evidence = trial.end();
            Timings timings = trial.timings();
            int unknown = timings.unknown(from, to);
            Map<Integer, Integer> closes = timings.closes(from, to);
            OptionalDouble spread = timings.reconnectSpread(from, to);
            return evidence.check("unknown sends", "none", Integer.toString(unknown), unknown == 0)
                    .check(
                            "sockets",
                            "all closed with " + SERVICE_RESTART,
                            closes.toString(),
                            closes.keySet().equals(Set.of(SERVICE_RESTART)))
                    .check(
                            "exit",
                            "within " + Numbers.seconds(EXIT_MAX),
                            Numbers.seconds(longest),
                            longest.compareTo(EXIT_MAX) <= 0)
                    .check(
                            "reconnects in any second",
                            "%.0f %% of the clients at most".formatted(SPREAD_MAX * 100),
                            "%.0f %%".formatted(spread.orElse(1) * 100),
                            spread.isPresent() && spread.getAsDouble() <= SPREAD_MAX)
                    .number("longest exit", Numbers.seconds(longest))
                    .number("most in one second", "%.0f %%".formatted(spread.orElse(1) * 100));
        }
    }

    private static Duration roll(Trial trial, Service gateway) {
        long told = trial.now();
        trial.mark("SIGTERM " + gateway.name(), gateway::terminate);
        gateway.awaitExit(EXIT_MAX);
        long ended = trial.now();
        trial.mark(gateway.name() + " drains", told, ended);
        trial.mark("start " + gateway.name(), () -> {
            gateway.restart();
            gateway.awaitReady();
        });
        return Duration.ofNanos(ended - told);
    }
}

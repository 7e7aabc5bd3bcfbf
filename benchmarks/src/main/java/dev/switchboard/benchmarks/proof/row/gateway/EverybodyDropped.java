package dev.switchboard.benchmarks.proof.row.gateway;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.ProofOptions;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.site.CpuMeter;
import dev.switchboard.benchmarks.proof.site.ProgramPlan;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.Service;
import dev.switchboard.benchmarks.proof.site.SitePlan;
import dev.switchboard.servers.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** F22: all gateways die with thousands of clients who have nothing to say, and all of them come back at once. Has no state. */
public final class EverybodyDropped implements Row {
    private static final int IDLE = 2_000;
    private static final int IDLE_SHORT = 500;
    private static final int USERS = 40;
    private static final int ADMINS = 2;
    private static final double PER_SECOND = 20;
    private static final Duration TALK = Duration.ofSeconds(100);
    private static final double KILL_AT = 5;
    private static final int HANDSHAKES_PER_SECOND_MAX = 100;
    /** Nobody's second begins when a gateway's does: over this many, one more may fall into them. */
    private static final int SECONDS = 10;

    private static final Duration BACK_MAX = Duration.ofSeconds(60);
    private static final Duration CALM_MAX = Duration.ofSeconds(90);
    private static final Duration WINDOW = Duration.ofSeconds(5);
    private static final double CPU_MAX = 0.9;
    /** The paranoid level makes a handshake several times as expensive, and this is about what handshakes cost. */
    private static final String LEAKS = "-Dio.netty.leakDetection.level=simple";

    @Override
    public String id() {
        return "F22";
    }

    @Override
    public String title() {
        return "both gateways killed under thousands of idle clients";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        ProofSite site = context.freshSite(SitePlan.USUAL
                .with(SitePlan.GATEWAY, ProgramPlan.USUAL.withJava(LEAKS))
                .with(SitePlan.GATEWAY, "HANDSHAKES_PER_SECOND_MAX", Integer.toString(HANDSHAKES_PER_SECOND_MAX)));
        int idle = context.mode() == ProofOptions.Mode.SHORT ? IDLE_SHORT : IDLE;
        FleetPlan plan = context.plan();
        plan = plan.with(plan.crowd().of(USERS, ADMINS).withIdle(idle))
                .with(plan.talk().of(PER_SECOND, TALK))
                .with(FleetPlan.Trouble.NONE);
        int clients = USERS + ADMINS + idle;
        try (Trial trial = context.trial(site, plan)) {
            trial.awaitSecond(KILL_AT);
            long requests = trial.fleet().historyRequests();
            long from = trial.now();
            trial.mark("SIGKILL both gateways", () -> site.gateways().forEach(Service::kill));
            trial.mark("start them", () -> {
                site.gateways().forEach(Service::restart);
                site.gateways().forEach(Service::awaitReady);
            });
            List<CpuMeter> meters = new ArrayList<>();
            site.gateways().forEach(gateway -> meters.add(CpuMeter.ofProcess(gateway.pid())));
            Await.until(BACK_MAX, () -> trial.fleet().connected() == clients);
            long asked = trial.fleet().historyRequests() - requests;
            meters.forEach(CpuMeter::share);
            Duration calm = calm(trial, from, meters);
            long to = trial.now();
            Evidence evidence = trial.end();
            Timings timings = trial.timings();
            List<Duration> back = timings.backAgain(from, to);
            Duration last = back.isEmpty() ? Timings.ENDLESS : back.get(back.size() - 1);
            int most = mostWelcomes(trial, from);
            int mostMax = HANDSHAKES_PER_SECOND_MAX * (SECONDS + 1);
            // Of those who asked and were not let in some got no answer at all, while nobody listened.
            long refused = timings.count(Event.Kind.CONNECT, from, to) - timings.count(Event.Kind.WELCOME, from, to);
            return evidence.check(
                            "back again",
                            "all %d within %s".formatted(clients, Numbers.seconds(BACK_MAX)),
                            "%d, the last one after %s".formatted(back.size(), Numbers.seconds(last)),
                            back.size() == clients && last.compareTo(BACK_MAX) <= 0)
                    .check(
                            "handshakes of a gateway",
                            "%d a second: %d in any %d s at most; some are refused"
                                    .formatted(HANDSHAKES_PER_SECOND_MAX, mostMax, SECONDS),
                            "%d; refused, or no gateway there: %d".formatted(most, refused),
                            most <= mostMax && refused > 0)
                    .check(
                            "questions to history",
                            "one of each client at most",
                            asked + " of " + clients,
                            asked <= clients)
                    .check(
                            "processor of both gateways",
                            "below %.0f %% of one each within %s".formatted(CPU_MAX * 100, Numbers.seconds(CALM_MAX)),
                            Numbers.seconds(calm),
                            calm.compareTo(CALM_MAX) <= 0)
                    .number("the last one back after", Numbers.seconds(last))
                    .number("most handshakes in %d s".formatted(SECONDS), Integer.toString(most))
                    .number("questions to history", Long.toString(asked));
        }
    }

    /** From the kill until both gateways have stayed below the limit over one window. */
    private static Duration calm(Trial trial, long from, List<CpuMeter> meters) {
        while (trial.now() - from < CALM_MAX.toNanos()) {
            Await.until(WINDOW, () -> false);
            long below =
                    meters.stream().filter(meter -> meter.share() < CPU_MAX).count();
            if (below == meters.size()) {
                return Duration.ofNanos(trial.now() - from);
            }
        }
        return Timings.ENDLESS;
    }

    /** The most that one gateway welcomed within those seconds. */
    private static int mostWelcomes(Trial trial, long from) {
        Map<Integer, List<Long>> byGateway = new HashMap<>();
        trial.ledger().forEach(event -> {
            if (event.kind() == Event.Kind.WELCOME && event.nanos() >= from) {
                byGateway
                        .computeIfAbsent(event.detail(), gateway -> new ArrayList<>())
                        .add(event.nanos());
            }
        });
        int most = 0;
        for (List<Long> welcomes : byGateway.values()) {
            int first = 0;
            for (int i = 0; i < welcomes.size(); i++) {
                while (welcomes.get(i) - welcomes.get(first)
                        >= Duration.ofSeconds(SECONDS).toNanos()) {
                    first++;
                }
                most = Math.max(most, i - first + 1);
            }
        }
        return most;
    }
}

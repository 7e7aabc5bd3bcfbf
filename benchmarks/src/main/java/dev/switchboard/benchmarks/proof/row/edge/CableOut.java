package dev.switchboard.benchmarks.proof.row.edge;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Machine;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.Checker;
import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.report.RowResult.Check;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.Service;
import dev.switchboard.benchmarks.proof.site.SitePlan;
import dev.switchboard.benchmarks.proof.site.Vitals;
import dev.switchboard.servers.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * F25: the cable between clients and their gateway is out for a minute, and no packet tells either of them. Has no state.
 */
public final class CableOut implements Row {
    private static final int DISTANT = 50;
    private static final Duration OUT = Duration.ofSeconds(60);
    private static final Duration TALK = Duration.ofSeconds(130);
    private static final Duration DISTANT_TALK = Duration.ofSeconds(100);
    private static final Duration BEFORE = Duration.ofSeconds(5);
    private static final Duration REAPED_MAX = Duration.ofSeconds(45);
    private static final Duration NOTICED_MAX = Duration.ofSeconds(35);
    private static final Duration BACK_TIMEOUT = Duration.ofSeconds(90);
    private static final int FILES_MORE_MAX = 5;
    private static final Duration LOOK_EVERY = Duration.ofMillis(250);
    private static final Duration FILES_TIMEOUT = Duration.ofSeconds(2);
    private static final String CONNECTIONS = "switchboard_gateway_connections";
    private static final String FIRST = SitePlan.GATEWAY + " 1";

    @Override
    public String id() {
        return "F25";
    }

    @Override
    public String title() {
        return "the cable to some clients out for 60 s";
    }

    @Override
    public Optional<String> lacks() {
        return Machine.lacksProgram("ip").or(Machine::lacksRoot).or(Cable::lacks);
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        // It listens for the links as well as for the cable.
        ProofSite site =
                context.freshSite(SitePlan.USUAL.with(FIRST, "HOST", "0.0.0.0").with(FIRST, "ALLOW_PLAINTEXT", "true"));
        FleetPlan plan = context.plan();
        plan = plan.with(plan.crowd().of(20, 2)).with(plan.talk().of(20, TALK)).with(FleetPlan.Trouble.NONE);
        try (Cable cable = Cable.lay();
                Trial trial = context.trial(site, plan)) {
            Found found = new Found(site.gateways().get(0));
            try (DistantProcess distant = DistantProcess.start(context, site, cable, DISTANT, DISTANT_TALK)) {
                long out = found.withoutCable(trial, cable);
                boolean back = Await.until(BACK_TIMEOUT, () -> found.connections() >= found.base + DISTANT);
                String unsettled = back ? distant.end() : "not all have come back";
                Evidence evidence = trial.end();
                judge(evidence, trial, distant, out, unsettled);
                return found.judge(evidence);
            }
        }
    }

    private static void judge(Evidence evidence, Trial trial, DistantProcess distant, long out, String unsettled)
            throws Exception {
        evidence.check(
                "the distant clients",
                "back, and everything settled",
                unsettled.isEmpty() ? "so" : unsettled,
                unsettled.isEmpty());
        if (!unsettled.isEmpty()) {
            return;
        }
        Ledger ledger = Ledger.read(distant.ledger());
        List<Duration> noticed = noticed(ledger, out - distant.began());
        Duration last = noticed.size() < DISTANT ? Timings.ENDLESS : noticed.get(noticed.size() - 1);
        for (Check check : new Checker(ledger, trial.rows()).checks()) {
            evidence.check("distant " + check.id(), check.expected(), check.found(), check.held());
        }
        List<Duration> back = new Timings(ledger).backAgain(out - distant.began(), Long.MAX_VALUE);
        evidence.check(
                        "clients notice",
                        "all %d within %s".formatted(DISTANT, Numbers.seconds(NOTICED_MAX)),
                        "%d, the last one after %s".formatted(noticed.size(), Numbers.seconds(last)),
                        last.compareTo(NOTICED_MAX) <= 0)
                .number("the last one notices after", Numbers.seconds(last))
                .number("the last one is back after noticing", Numbers.seconds(Timings.percentile(back, 1)));
    }

    /** For each device from that instant to the end of its connection, shortest first. */
    private static List<Duration> noticed(Ledger ledger, long from) {
        Map<Integer, Long> first = new HashMap<>();
        ledger.forEach(event -> {
            if (event.kind() == Event.Kind.CLOSE && event.nanos() >= from) {
                first.putIfAbsent(event.device(), event.nanos());
            }
        });
        return first.values().stream()
                .map(nanos -> Duration.ofNanos(nanos - from))
                .sorted()
                .toList();
    }

    /** What the gateway did. One thread. */
    private static final class Found {
        private final Service gateway;
        private final double base;
        private final int files;
        private Duration reaped = Timings.ENDLESS;
        private int filesAfter;

        /** Before the distant clients come. */
        Found(Service gateway) {
            this.gateway = gateway;
            this.base = connections();
            this.files = Vitals.files(gateway.pid());
        }

        double connections() {
            return gateway.metrics().sum(CONNECTIONS).orElse(0);
        }

        /** When it was pulled, by the clock that all processes share. */
        long withoutCable(Trial trial, Cable cable) throws IOException {
            Await.until(BEFORE, () -> false);
            long out = System.nanoTime();
            long from = trial.now();
            cable.out();
            while (System.nanoTime() - out < OUT.toNanos()) {
                Await.until(LOOK_EVERY, () -> false);
                if (reaped.equals(Timings.ENDLESS) && connections() <= base) {
                    reaped = Duration.ofNanos(System.nanoTime() - out);
                    Await.until(FILES_TIMEOUT, () -> Vitals.files(gateway.pid()) <= files + FILES_MORE_MAX);
                    filesAfter = Vitals.files(gateway.pid());
                }
            }
            cable.in();
            trial.mark("cable out", from, trial.now());
            return out;
        }

        Evidence judge(Evidence evidence) {
            return evidence.check(
                            "the gateway closes them",
                            "within " + Numbers.seconds(REAPED_MAX),
                            Numbers.seconds(reaped),
                            reaped.compareTo(REAPED_MAX) <= 0)
                    .check(
                            "files of the gateway then",
                            "%d, as before, and up to %d more".formatted(files, FILES_MORE_MAX),
                            Integer.toString(filesAfter),
                            filesAfter > 0 && filesAfter <= files + FILES_MORE_MAX)
                    .number("closed after", Numbers.seconds(reaped));
        }
    }
}

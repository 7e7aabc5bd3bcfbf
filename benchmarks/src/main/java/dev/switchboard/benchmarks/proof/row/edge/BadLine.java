package dev.switchboard.benchmarks.proof.row.edge;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.ProofOptions;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.ledger.Timings.Refusals;
import dev.switchboard.benchmarks.proof.link.LinkMode;
import dev.switchboard.benchmarks.proof.row.RawClient;
import dev.switchboard.benchmarks.proof.site.CpuMeter;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.Service;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.servers.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * F26: first a line on which everything comes late and byte by byte, then one on which connections are torn in the middle of a
 * frame, from both ends; afterwards nothing of it is left in the gateways. Has no state.
 */
public final class BadLine implements Row {
    private static final Duration LATENCY = Duration.ofMillis(300);
    private static final Duration TALK = Duration.ofSeconds(30);
    private static final Duration TALK_SHORT = Duration.ofSeconds(15);
    private static final double SLICED_AT = 2;
    private static final int PAGES = 5;
    private static final Duration PAGE_MAX = Duration.ofSeconds(30);
    private static final int RESETS = 200;
    private static final int RESETS_SHORT = 50;
    private static final Duration FREED_MAX = Duration.ofSeconds(1);
    private static final Duration STEP_TIMEOUT = Duration.ofSeconds(15);
    private static final int FRAME_BYTES = 1_000;
    /** Of what a gateway says: enough for a Welcome, and not for all that follows. */
    private static final int TORN_AFTER_BYTES_MAX = 600;

    private static final int TEARS = 5;
    private static final Duration BETWEEN_TEARS = Duration.ofSeconds(1);
    private static final Duration REST = Duration.ofSeconds(3);
    private static final Duration MEASURED = Duration.ofSeconds(10);
    private static final double LOOP_IDLE_MAX = 0.05;
    private static final String LOOPS = "loop-";
    private static final String CONNECTIONS = "switchboard_gateway_connections";

    @Override
    public String id() {
        return "F26";
    }

    @Override
    public String title() {
        return "300 ms and one byte at a time, then resets in the middle of frames";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        boolean brief = context.mode() == ProofOptions.Mode.SHORT;
        ProofSite site = context.site();
        FleetPlan plan = context.plan();
        plan = plan.with(plan.crowd().of(20, 2))
                .with(plan.talk().of(10, brief ? TALK_SHORT : TALK).withBytes(20, 300))
                .with(FleetPlan.Trouble.NONE);
        Evidence own = new Evidence();
        Evidence evidence;
        try (Trial trial = context.trial(site, plan)) {
            long from = sliced(trial, site, own);
            trial.awaitTalk();
            trial.fleet().awaitQuiet(STEP_TIMEOUT);
            heal(site);
            long to = trial.now();
            trial.mark("late and byte by byte", from, to);
            torn(trial, site, brief ? RESETS_SHORT : RESETS, own);
            cutShort(context, trial, site);
            evidence = trial.end();
            works(trial.timings(), from, to, own);
        } finally {
            heal(site);
        }
        idle(site, own);
        own.numbers().forEach(evidence::number);
        return evidence.addAll(own.checks());
    }

    /** Pages open as well; when the line became bad. */
    private static long sliced(Trial trial, ProofSite site, Evidence evidence) {
        trial.awaitSecond(SLICED_AT);
        long from = trial.mark(
                "300 ms, byte by byte",
                () -> site.links().clients().forEach(link -> link.mode(LinkMode.slices(LATENCY))));
        Await.until(STEP_TIMEOUT, () -> !trial.fleet().conversations().isEmpty());
        UUID conversation = trial.fleet().conversations().values().iterator().next();
        int whole = 0;
        for (int i = 0; i < PAGES; i++) {
            int page = trial.fleet().openPage(conversation);
            whole += Await.until(PAGE_MAX, () -> trial.fleet().pageIsWhole(page)) ? 1 : 0;
            trial.fleet().closePage(page);
        }
        evidence.check("pages over that line", "all " + PAGES + " load", Integer.toString(whole), whole == PAGES);
        return from;
    }

    private static void works(Timings timings, long from, long to, Evidence evidence) {
        int unknown = timings.unknown(from, to);
        Map<RefusalCode, Refusals> refusals = timings.refusals(from, to);
        Map<Integer, Integer> dropped = timings.closes(from, to);
        // Pages that were closed said so.
        dropped.remove(1000);
        evidence.check(
                        "sends over that line",
                        "all accepted at their first try",
                        "%d unknown, refused: %s".formatted(unknown, refusals),
                        unknown == 0 && refusals.isEmpty())
                .check("connections over that line", "none lost", dropped.toString(), dropped.isEmpty())
                .number("p99 to ACCEPTED over that line", Numbers.seconds(timings.acceptedWithin(0.99, from, to)));
    }

    /** Clients tear their connections with half a frame on the way. */
    private static void torn(Trial trial, ProofSite site, int resets, Evidence evidence) throws IOException {
        Service gateway = site.gateways().get(0);
        double base = connections(gateway);
        Duration slowest = Duration.ZERO;
        int torn = 0;
        long from = trial.now();
        for (int i = 0; i < resets; i++) {
            try (RawClient client = RawClient.knock(site.doors().get(0), site.token("torn" + i, false))) {
                if (client.status(STEP_TIMEOUT) != RawClient.WELCOME || !client.awaitFrame(STEP_TIMEOUT)) {
                    continue;
                }
                client.beginFrame(FRAME_BYTES);
                client.tear();
            }
            torn++;
            long reset = System.nanoTime();
            Await.until(STEP_TIMEOUT, () -> connections(gateway) <= base);
            Duration freed = Duration.ofNanos(System.nanoTime() - reset);
            slowest = freed.compareTo(slowest) > 0 ? freed : slowest;
        }
        trial.mark(resets + " resets", from, trial.now());
        evidence.check(
                        "resets in the middle of a frame",
                        "%d, each freed within %s".formatted(resets, Numbers.seconds(FREED_MAX)),
                        "%d, the slowest within %s".formatted(torn, Numbers.seconds(slowest)),
                        torn == resets && slowest.compareTo(FREED_MAX) <= 0)
                .number("slowest freed", Numbers.seconds(slowest));
    }

    /** All connections of the fleet, some times, in the middle of what the gateways say. */
    private static void cutShort(RowContext context, Trial trial, ProofSite site) {
        for (int i = 0; i < TEARS; i++) {
            int bytes = 1 + context.random().nextInt(TORN_AFTER_BYTES_MAX);
            trial.mark("torn after " + bytes + " bytes", () -> {
                site.links().clients().forEach(link -> link.mode(LinkMode.resetAfter(bytes)));
                Await.until(BETWEEN_TEARS, () -> false);
            });
        }
        heal(site);
    }

    /** A channel that nobody closed, or that its loop can't forget, keeps the loop busy. */
    private static void idle(ProofSite site, Evidence evidence) {
        Await.until(REST, () -> false);
        Map<Service, CpuMeter> meters = new LinkedHashMap<>();
        site.gateways().forEach(gateway -> meters.put(gateway, CpuMeter.ofThreads(gateway.pid(), LOOPS)));
        Await.until(MEASURED, () -> false);
        meters.forEach((gateway, meter) -> {
            Map<String, Double> shares = meter.shares();
            double most =
                    shares.values().stream().mapToDouble(share -> share).max().orElse(1);
            evidence.check(
                            "event loops of " + gateway.name() + " at rest",
                            "below %.0f %% of a processor each".formatted(LOOP_IDLE_MAX * 100),
                            "%.1f %%".formatted(most * 100),
                            most < LOOP_IDLE_MAX)
                    .number("busiest loop of " + gateway.name(), "%.1f %%".formatted(most * 100));
        });
    }

    private static double connections(Service gateway) {
        return gateway.metrics().sum(CONNECTIONS).orElse(0);
    }

    private static void heal(ProofSite site) {
        site.links().clients().forEach(link -> link.mode(LinkMode.PASS));
    }
}

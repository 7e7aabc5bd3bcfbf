package dev.switchboard.benchmarks.proof.row.gateway;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Machine;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.row.RawClient;
import dev.switchboard.benchmarks.proof.site.CpuMeter;
import dev.switchboard.benchmarks.proof.site.ProgramPlan;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.Service;
import dev.switchboard.servers.Await;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** F27: a gateway may open few files, and more clients come than it has files for. Has no state. */
public final class FewFiles implements Row {
    private static final String FILES_MAX = "300";
    private static final int CALLERS = 500;
    private static final int LEAVING = 100;
    private static final int NEWCOMERS = 50;
    private static final Duration ANSWER_MAX = Duration.ofSeconds(15);
    private static final Duration RECOVERED_MAX = Duration.ofSeconds(15);
    private static final Duration ACCEPTED_MAX = Duration.ofMillis(500);
    private static final Duration MEASURED = Duration.ofSeconds(10);
    /** Whoever has got an answer needs no longer to read it. */
    private static final Duration SOON = Duration.ofMillis(10);

    private static final double CPU_MAX = 0.5;
    private static final double P99 = 0.99;
    /** A JVM that has just been started is slow by itself. */
    private static final double FLOOD_AT = 15;

    private static final Duration TALK = Duration.ofSeconds(55);

    @Override
    public String id() {
        return "F27";
    }

    @Override
    public String title() {
        return CALLERS + " more clients than a gateway with " + FILES_MAX + " files can take";
    }

    @Override
    public Optional<String> lacks() {
        return Machine.lacksProgram("prlimit");
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        ProofSite site = context.site();
        Service poor = site.gateways().get(0);
        FleetPlan plan = context.steadyPlan();
        plan = plan.with(plan.crowd().of(16, 2)).with(plan.talk().of(40, TALK)).with(FleetPlan.Trouble.NONE);
        // What is loaded at first use is loaded while there are files for all who come to load it.
        context.trial(site, plan.with(plan.talk().of(1, Duration.ofSeconds(1)))).close();
        // Callers here answer no ping, and stay longer than that would be overlooked.
        poor.restart(ProgramPlan.USUAL
                .behind(List.of("prlimit", "--nofile=" + FILES_MAX))
                .with("PING_INTERVAL", "2m"));
        poor.awaitReady();
        List<RawClient> callers = new ArrayList<>();
        try (Trial trial = context.trial(site, plan)) {
            trial.awaitSecond(FLOOD_AT);
            long from = trial.now();
            Evidence found = flood(trial, site, poor, callers);
            long to = trial.now();
            trial.mark("more callers than files", from, to);
            callers.forEach(RawClient::close);
            Evidence evidence = trial.end().addAll(found.checks());
            found.numbers().forEach(evidence::number);
            Timings timings = trial.timings();
            Map<Integer, Integer> dropped = timings.closes(from, to);
            Optional<Duration> accepted = timings.acceptedWithin(P99, from, to);
            return evidence.check("those who were there", "none dropped", dropped.toString(), dropped.isEmpty())
                    .check(
                            "what they say",
                            "p99 to ACCEPTED below " + Numbers.seconds(ACCEPTED_MAX),
                            Numbers.seconds(accepted),
                            accepted.isPresent() && accepted.get().compareTo(ACCEPTED_MAX) < 0);
        } finally {
            callers.forEach(RawClient::close);
            poor.restart();
            poor.awaitReady();
        }
    }

    private static Evidence flood(Trial trial, ProofSite site, Service poor, List<RawClient> callers) {
        Evidence evidence = new Evidence();
        URI door = site.doors().get(0);
        trial.mark(CALLERS + " callers", () -> knock(site, door, CALLERS, callers));
        Map<Integer, Integer> answers = new TreeMap<>();
        List<RawClient> admitted = new ArrayList<>();
        long until = System.nanoTime() + ANSWER_MAX.toNanos();
        for (RawClient caller : callers) {
            int status = status(caller, until);
            answers.merge(status, 1, Integer::sum);
            if (status == RawClient.WELCOME) {
                admitted.add(caller);
            }
        }
        int silent = answers.getOrDefault(RawClient.SILENT, 0);
        int refused = answers.getOrDefault(RawClient.FULL, 0) + answers.getOrDefault(RawClient.CLOSED, 0);
        evidence.check(
                "callers",
                "some are let in, the others refused, all within " + Numbers.seconds(ANSWER_MAX),
                "by answer: " + answers,
                silent == 0 && refused > 0 && admitted.size() + refused == CALLERS && admitted.size() > LEAVING);
        CpuMeter cpu = CpuMeter.ofProcess(poor.pid());
        Await.until(MEASURED, () -> false);
        double share = cpu.share();
        evidence.check(
                "processor of a full gateway",
                "below %.0f %% of one".formatted(CPU_MAX * 100),
                "%.0f %%".formatted(share * 100),
                share < CPU_MAX);
        trial.mark(LEAVING + " leave", () -> admitted.stream().limit(LEAVING).forEach(RawClient::close));
        long left = System.nanoTime();
        int[] welcome = {0};
        boolean recovered = Await.until(RECOVERED_MAX, () -> {
            List<RawClient> newcomers = new ArrayList<>();
            knock(site, door, NEWCOMERS - welcome[0], newcomers);
            long patience = left + RECOVERED_MAX.toNanos();
            newcomers.forEach(newcomer -> welcome[0] += status(newcomer, patience) == RawClient.WELCOME ? 1 : 0);
            callers.addAll(newcomers);
            return welcome[0] >= NEWCOMERS;
        });
        Duration took = Duration.ofNanos(System.nanoTime() - left);
        return evidence.check(
                        "when " + LEAVING + " have left",
                        "%d others are let in within %s".formatted(NEWCOMERS, Numbers.seconds(RECOVERED_MAX)),
                        recovered ? Numbers.seconds(took) : welcome[0] + " were",
                        recovered)
                .number("let in", Integer.toString(admitted.size()))
                .number("refused", Integer.toString(refused))
                .number("processor when full", "%.0f %%".formatted(share * 100));
    }

    private static void knock(ProofSite site, URI door, int count, List<RawClient> callers) {
        for (int i = 0; i < count; i++) {
            try {
                callers.add(RawClient.knock(door, site.token("caller" + callers.size(), false)));
            } catch (IOException e) {
                throw new IllegalStateException("the link in front of the gateway takes nobody", e);
            }
        }
    }

    private static int status(RawClient caller, long until) {
        try {
            return caller.status(Duration.ofNanos(Math.max(SOON.toNanos(), until - System.nanoTime())));
        } catch (IOException e) {
            return RawClient.CLOSED;
        }
    }
}

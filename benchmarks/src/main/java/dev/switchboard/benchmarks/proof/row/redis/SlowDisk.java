package dev.switchboard.benchmarks.proof.row.redis;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Machine;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.Checker;
import dev.switchboard.benchmarks.proof.report.RowResult.Check;
import dev.switchboard.benchmarks.proof.row.BacklogWatch;
import dev.switchboard.benchmarks.proof.site.ProgramPlan;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.RedisShell;
import dev.switchboard.benchmarks.proof.site.Service;
import dev.switchboard.benchmarks.proof.site.SitePlan;
import dev.switchboard.servers.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * F06: syncing Redis' disk takes 1.2 s, and then Redis is killed, together with everybody who could send again. What was accepted
 * is on disk, because it was not accepted before. The same with a Redis that syncs once a second must lose messages, or this row
 * sees nothing. Has no state.
 */
public final class SlowDisk implements Row {
    private static final String DELAY_MICROS = "1200000";
    private static final Duration TALK = Duration.ofSeconds(30);
    private static final double SLOW_AT = 3;
    private static final double KILL_AT = 10;
    private static final Duration STORED_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration REFUSAL_MAX = Duration.ofSeconds(5);
    private static final Pattern WRITES_WAITING = Pattern.compile("aof_buffer_length:(\\d+)");
    /** Some messages of the usual load. */
    private static final long WRITES_WAITING_MIN = 10_000;

    private static final Duration WRITES_WAIT_MAX = Duration.ofSeconds(10);
    private static final String WEAK = "DURABILITY_ALLOW_WEAK";

    @Override
    public String id() {
        return "F06";
    }

    @Override
    public String title() {
        return "fdatasync takes 1.2 s, then SIGKILL of Redis and of all clients";
    }

    @Override
    public Optional<String> lacks() {
        return Machine.lacksProgram("strace").or(Machine::lacksRoot);
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        Evidence evidence = new Evidence();
        Check always = kill(context, context.freshSite(SitePlan.USUAL), evidence, false);
        evidence.add(new Check("I1", always.expected(), always.found(), always.held()));
        SitePlan everySecond = SitePlan.USUAL
                .withRedis("appendfsync", "everysec")
                .with(SitePlan.GATEWAY, WEAK, "true")
                .with(SitePlan.WORKER, WEAK, "true");
        ProofSite weak = context.freshSite(everySecond);
        Check control = kill(context, weak, new Evidence(), true);
        evidence.check(
                "control with everysec",
                "loses messages, so that this row is not blind",
                control.found(),
                !control.held());
        for (Service program : List.of(weak.gateways().get(0), weak.workers().get(0))) {
            long started = System.nanoTime();
            program.restart(ProgramPlan.USUAL.with(WEAK, "false"));
            boolean ended = program.awaitExit(REFUSAL_MAX);
            evidence.check(
                    program.name() + " on everysec",
                    "refuses to start within " + Numbers.seconds(REFUSAL_MAX),
                    ended ? Numbers.seconds(Duration.ofNanos(System.nanoTime() - started)) : "runs",
                    ended);
        }
        return evidence;
    }

    /** @param whileWritesWait where Redis syncs once a second, what waits for that is what a kill loses */
    private static Check kill(RowContext context, ProofSite site, Evidence evidence, boolean whileWritesWait)
            throws Exception {
        try (Trial trial = context.trial(site, FleetPlan.usual(context.seed(), TALK))) {
            trial.awaitSecond(SLOW_AT);
            // What MySQL holds already can't be lost any more.
            site.workers().forEach(Service::pause);
            Process strace = slow(site.redis().pid());
            try {
                long from = trial.now();
                trial.awaitSecond(KILL_AT);
                if (whileWritesWait) {
                    awaitWritesWaiting(site);
                }
                trial.mark("disk takes 1.2 s", from, trial.now());
                trial.mark("SIGKILL Redis and all clients", () -> {
                    site.redis().kill();
                    trial.fleet().close();
                });
            } finally {
                strace.destroy();
                strace.waitFor();
            }
            site.redis().restart();
            site.workers().forEach(Service::resume);
            boolean stored = BacklogWatch.awaitEmpty(site, STORED_TIMEOUT);
            evidence.check("log", "stored when Redis is back", stored ? "so" : "is not empty", stored)
                    .picture(trial.picture());
            return new Checker(trial.ledger(), trial.rows()).acceptedIsStored();
        }
    }

    private static void awaitWritesWaiting(ProofSite site) {
        try (RedisShell redis = RedisShell.open(site)) {
            boolean waiting = Await.until(WRITES_WAIT_MAX, () -> {
                Matcher bytes = WRITES_WAITING.matcher(redis.text("INFO", "persistence"));
                return bytes.find() && Long.parseLong(bytes.group(1)) >= WRITES_WAITING_MIN;
            });
            if (!waiting) {
                throw new IllegalStateException("Redis never waited for its disk, so that nothing can be lost");
            }
        }
    }

    private static Process slow(long pid) throws IOException {
        return new ProcessBuilder(
                        "strace",
                        "-f",
                        "-qq",
                        "-p",
                        Long.toString(pid),
                        "-e",
                        "trace=fdatasync",
                        "-e",
                        "inject=fdatasync:delay_enter=" + DELAY_MICROS)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}

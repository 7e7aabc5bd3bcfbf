package dev.switchboard.benchmarks.proof.row.worker;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.ProofOptions;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.link.Trap;
import dev.switchboard.benchmarks.proof.row.BacklogWatch;
import dev.switchboard.benchmarks.proof.site.LogScan;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.Service;
import dev.switchboard.benchmarks.proof.site.SiteLinks;
import dev.switchboard.benchmarks.proof.site.SitePlan;
import dev.switchboard.servers.Await;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * F16: a worker stands still with its commit on the way; another takes its partitions over; then the first goes on, and its commit
 * arrives. Has no state.
 */
public final class WorkerPaused implements Row {
    private static final Duration PAUSE = Duration.ofSeconds(60);
    private static final Duration SHORT_PAUSE = Duration.ofSeconds(30);
    private static final Duration TAKEN_OVER_MAX = Duration.ofSeconds(45);
    private static final Duration STEP_TIMEOUT = Duration.ofSeconds(15);
    private static final double PAUSE_AT = 3;
    /** What nobody stores gets older than this before the lease is over. */
    private static final Duration KEEPS_UP = Duration.ofSeconds(3);

    private static final Pattern WARN = Pattern.compile("\"level\":\"WARN\"|\\bWARN\\b");
    private static final Pattern ERROR = Pattern.compile("\"level\":\"ERROR\"|\\bERROR\\b");

    @Override
    public String id() {
        return "F16";
    }

    @Override
    public String title() {
        return "SIGSTOP of a worker inside a batch, another takes over, SIGCONT";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        Duration pause = context.mode() == ProofOptions.Mode.SHORT ? SHORT_PAUSE : PAUSE;
        ProofSite site = context.freshSite(SitePlan.USUAL.with(SitePlan.WORKER, "LEASE", "10s"));
        Service zombie = site.workers().get(0);
        LogScan log = LogScan.fromNow(zombie.log());
        Duration talk = pause.plusSeconds(5);
        try (Trial trial = context.trial(site, FleetPlan.usual(context.seed(), talk))) {
            trial.awaitSecond(PAUSE_AT);
            long from = trial.now();
            Trap trap = site.links().workerMysql().get(0).trap(SiteLinks.COMMIT, () -> {
                zombie.pause();
                Await.until(pause, () -> false);
                zombie.resume();
                return Trap.Fate.RELEASE;
            });
            boolean caught = Await.until(STEP_TIMEOUT, () -> trap.sprung() > 0);
            trial.awaitSecond(PAUSE_AT + 2 * KEEPS_UP.toSeconds());
            boolean takenOver = caught && BacklogWatch.awaitYounger(site, KEEPS_UP, TAKEN_OVER_MAX);
            long taken = trial.now();
            trap.awaitDone(1, pause.plus(STEP_TIMEOUT));
            trial.mark(zombie.name() + " stands still in its commit", from, trial.now());
            Evidence evidence = trial.end();
            List<String> warnings = log.lines(WARN);
            List<String> errors = log.lines(ERROR);
            return evidence.check("the stop", "with a commit on its way", caught ? "so" : "none came", caught)
                    .check(
                            "taken over",
                            "within " + Numbers.seconds(TAKEN_OVER_MAX),
                            takenOver ? Numbers.seconds(Duration.ofNanos(taken - from)) : "not",
                            takenOver)
                    .check(
                            "the zombie's log",
                            "one warning at most, no error",
                            warnings.size() + " warnings, " + errors.size() + " errors",
                            warnings.size() <= 1 && errors.isEmpty())
                    .number("taken over after", Numbers.seconds(Duration.ofNanos(taken - from)));
        }
    }
}

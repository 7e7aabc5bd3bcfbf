package dev.switchboard.benchmarks.proof.row.worker;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.link.Trap;
import dev.switchboard.benchmarks.proof.row.BacklogWatch;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.Service;
import dev.switchboard.benchmarks.proof.site.SitePlan;
import java.time.Duration;
import java.util.function.BiFunction;

/** What F14 and F15 have in common: workers killed again and again at one step of their work, by turns. Has no state. */
final class WorkerKills {
    /** So that the other one takes over while the killed one starts. */
    static final SitePlan PLAN = SitePlan.USUAL.with(SitePlan.WORKER, "LEASE", "5s");

    private static final int TIMES = 5;
    private static final Duration TALK = Duration.ofSeconds(45);
    private static final Duration STEP_TIMEOUT = Duration.ofSeconds(15);
    private static final int PAUSE_MILLIS_MAX = 2_000;

    private WorkerKills() {}

    static FleetPlan load(RowContext context) {
        return FleetPlan.usual(context.seed(), TALK);
    }

    /**
     * Kills one worker after the other at that step; how many died.
     *
     * @param trap lays a trap for the next step of a worker, by its number
     */
    static int run(RowContext context, Trial trial, ProofSite site, BiFunction<Integer, Trap.Action, Trap> trap) {
        trial.awaitSecond(2);
        int kills = 0;
        for (int i = 0; i < TIMES; i++) {
            int number = i % site.workers().size();
            Service worker = site.workers().get(number);
            double pause = context.random().nextInt(PAUSE_MILLIS_MAX) / 1000.0;
            trial.awaitSecond((trial.now() - trial.start()) / 1e9 + pause);
            Trap laid = trap.apply(number, () -> {
                worker.kill();
                return Trap.Fate.DROP;
            });
            if (laid.awaitDone(1, STEP_TIMEOUT)) {
                kills++;
                trial.mark("SIGKILL " + worker.name(), () -> {});
            }
            laid.disarm();
            worker.restart();
            worker.awaitReady();
        }
        return kills;
    }

    /** That all is stored within 60 s after the talk is what every trial demands before it ends. */
    static Evidence judge(Trial trial, int kills) throws Exception {
        Evidence evidence = trial.end();
        long left = BacklogWatch.entries(trial.site());
        return evidence.check("kills", "each at its step: " + TIMES, Integer.toString(kills), kills == TIMES)
                .check("log", "all of it is stored", left + " entries are not", left == 0);
    }
}

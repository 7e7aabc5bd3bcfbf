package dev.switchboard.benchmarks.proof.row.worker;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.wire.Script;

/**
 * F14: a worker dies when MySQL has its rows and Redis does not know it yet: the mark is on its way when the process is killed.
 * Has no state.
 */
public final class WorkerKilledAfterCommit implements Row {
    @Override
    public String id() {
        return "F14";
    }

    @Override
    public String title() {
        return "SIGKILL of a worker between its commit and its mark, five times";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        ProofSite site = context.freshSite(WorkerKills.PLAN);
        try (Trial trial = context.trial(site, WorkerKills.load(context))) {
            int kills = WorkerKills.run(
                    context,
                    trial,
                    site,
                    (worker, action) -> site.links().workerRedis().get(worker).trap(Script.MARK.sha1(), action));
            return WorkerKills.judge(trial, kills);
        }
    }
}

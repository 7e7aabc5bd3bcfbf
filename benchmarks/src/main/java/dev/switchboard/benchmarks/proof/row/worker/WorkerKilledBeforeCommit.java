package dev.switchboard.benchmarks.proof.row.worker;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.SiteLinks;

/** F15: a worker dies with its rows in MySQL but not committed. Has no state. */
public final class WorkerKilledBeforeCommit implements Row {
    @Override
    public String id() {
        return "F15";
    }

    @Override
    public String title() {
        return "SIGKILL of a worker before its commit, five times";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        ProofSite site = context.freshSite(WorkerKills.PLAN);
        try (Trial trial = context.trial(site, WorkerKills.load(context))) {
            int kills = WorkerKills.run(
                    context,
                    trial,
                    site,
                    (worker, action) -> site.links().workerMysql().get(worker).trap(SiteLinks.COMMIT, action));
            return WorkerKills.judge(trial, kills);
        }
    }
}

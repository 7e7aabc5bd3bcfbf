package dev.switchboard.benchmarks.proof.row;

import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.row.edge.BadLine;
import dev.switchboard.benchmarks.proof.row.edge.CableOut;
import dev.switchboard.benchmarks.proof.row.edge.SlowConsumers;
import dev.switchboard.benchmarks.proof.row.gateway.ClocksOff;
import dev.switchboard.benchmarks.proof.row.gateway.EverybodyDropped;
import dev.switchboard.benchmarks.proof.row.gateway.FewFiles;
import dev.switchboard.benchmarks.proof.row.gateway.GatewayPaused;
import dev.switchboard.benchmarks.proof.row.gateway.GatewaysRolled;
import dev.switchboard.benchmarks.proof.row.redis.DiskFull;
import dev.switchboard.benchmarks.proof.row.redis.FailedOver;
import dev.switchboard.benchmarks.proof.row.redis.MemoryFull;
import dev.switchboard.benchmarks.proof.row.redis.RedisPaused;
import dev.switchboard.benchmarks.proof.row.redis.ReplicaCutOff;
import dev.switchboard.benchmarks.proof.row.redis.RoomsBlackholed;
import dev.switchboard.benchmarks.proof.row.redis.RoomsThrottled;
import dev.switchboard.benchmarks.proof.row.redis.SlowDisk;
import dev.switchboard.benchmarks.proof.row.soak.Soak;
import dev.switchboard.benchmarks.proof.row.worker.DatabaseAway;
import dev.switchboard.benchmarks.proof.row.worker.DatabaseFull;
import dev.switchboard.benchmarks.proof.row.worker.DependencyMissing;
import dev.switchboard.benchmarks.proof.row.worker.PagesLoading;
import dev.switchboard.benchmarks.proof.row.worker.Poison;
import dev.switchboard.benchmarks.proof.row.worker.TrimForced;
import dev.switchboard.benchmarks.proof.row.worker.WorkerKilledAfterCommit;
import dev.switchboard.benchmarks.proof.row.worker.WorkerKilledBeforeCommit;
import dev.switchboard.benchmarks.proof.row.worker.WorkerPaused;
import java.util.ArrayList;
import java.util.List;

/** Every row there is, in the order in which they run. Immutable. */
public final class Rows {
    private static final List<Row> ALL = List.of(
            new GatewayKilled(),
            new GatewaysRolled(),
            new GatewayPaused(),
            new RedisKilled(),
            new RedisPaused(),
            new SlowDisk(),
            new DiskFull(),
            new MemoryFull(),
            new RedisLinkCut(),
            new RoomsBlackholed(),
            new RoomsThrottled(),
            new FailedOver(),
            new ReplicaCutOff(),
            new WorkerKilledAfterCommit(),
            new WorkerKilledBeforeCommit(),
            new WorkerPaused(),
            new TrimForced(),
            new DatabaseAway(),
            new SlowConsumers(),
            new Poison(),
            new SentThroughBoth(),
            new EverybodyDropped(),
            new PagesLoading(),
            new ClocksOff(),
            new CableOut(),
            new BadLine(),
            new FewFiles(),
            new DatabaseFull(),
            new DependencyMissing());

    /** Rows that take as long as all others together, and run only when they are named. */
    private static final List<Row> ALONE = List.of(new Soak());

    private Rows() {}

    public static List<Row> all() {
        return ALL;
    }

    /** Those that {@link #all} leaves out. */
    public static List<Row> alone() {
        return ALONE;
    }

    /** Those rows in their order here; all if none is named. Throws {@link IllegalArgumentException} for a name nobody has. */
    public static List<Row> named(List<String> ids) {
        if (ids.isEmpty()) {
            return ALL;
        }
        List<String> unknown = new ArrayList<>(ids);
        List<Row> known = new ArrayList<>(ALL);
        known.addAll(ALONE);
        known.forEach(row -> unknown.remove(row.id()));
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("no row " + String.join(", ", unknown) + "; there are "
                    + ALL.stream().map(Row::id).toList() + ", and "
                    + ALONE.stream().map(Row::id).toList() + " when named");
        }
        return known.stream().filter(row -> ids.contains(row.id())).toList();
    }
}

package dev.switchboard.worker.store;

import dev.switchboard.wire.Partition;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Shares the partitions among the workers that are alive. Everybody computes the same shares from the same rows; who has too
 * many lets go, who has too few takes what is free. Confined to the worker's thread.
 */
public final class PartitionLeases {
    private final Connection connection;
    private final CursorTable cursors;
    private final String worker;

    PartitionLeases(Connection connection, CursorTable cursors, String worker) {
        this.connection = connection;
        this.cursors = cursors;
        this.worker = worker;
    }

    /**
     * Says that this worker is alive, and settles what it owns.
     *
     * @param owned partitions it owned before, with their fences
     * @return what it owns now
     */
    public Map<Partition, Held> settle(Map<Partition, Long> owned) throws SQLException {
        cursors.renew();
        List<CursorTable.CursorRow> rows = cursors.rows();
        int share = share(cursors.workers(), worker);
        Map<Partition, Held> held = new TreeMap<>();
        List<CursorTable.CursorRow> free = new ArrayList<>();
        for (CursorTable.CursorRow row : rows) {
            Long fence = owned.get(row.partition());
            if (row.ours() && fence != null && fence == row.fence()) {
                if (held.size() < share) {
                    held.put(row.partition(), new Held(row.fence(), row.epoch(), row.trouble()));
                } else {
                    cursors.release(row.partition(), row.fence());
                }
            } else if (row.ours()) {
                // Left by an attempt whose answer never came: let go, so that the next settling hands out a new fence.
                cursors.release(row.partition(), row.fence());
            } else if (row.free()) {
                free.add(row);
            }
        }
        for (CursorTable.CursorRow row : free) {
            if (held.size() < share && cursors.take(row)) {
                held.put(row.partition(), new Held(row.fence() + 1, row.epoch(), row.trouble()));
            }
        }
        connection.commit();
        return held;
    }

    /**
     * Redis knows a higher fence than ours. Either another worker owns the partition, or the database was restored or made anew
     * and counts from an earlier number: then it goes on above what Redis knows.
     *
     * @return false if another worker owns it
     */
    public boolean outbid(Partition partition, long fence, long higher) throws SQLException {
        boolean ours = cursors.raise(partition, fence, higher);
        connection.commit();
        return ours;
    }

    /** Gives everything back, so that others need not wait. */
    public void leave(Map<Partition, Long> owned) throws SQLException {
        for (Map.Entry<Partition, Long> one : owned.entrySet()) {
            cursors.release(one.getKey(), one.getValue());
        }
        cursors.leave();
        connection.commit();
    }

    /** How many partitions fall to one of these workers: none has two more than another. */
    static int share(List<String> workers, String worker) {
        int place = workers.indexOf(worker);
        if (place < 0) {
            return 0;
        }
        int rest = Partition.COUNT % workers.size();
        return Partition.COUNT / workers.size() + (place < rest ? 1 : 0);
    }

    /**
     * A partition this worker owns.
     *
     * @param epoch the highest that MySQL holds
     * @param trouble what owners before died of; only counts for a partition that is new here
     */
    public record Held(long fence, int epoch, Trouble trouble) {}
}

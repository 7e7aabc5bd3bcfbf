package dev.switchboard.worker.batch;

import dev.switchboard.wire.Partition;
import dev.switchboard.worker.log.PartitionLog;
import dev.switchboard.worker.log.RedisLog;
import dev.switchboard.worker.ops.WorkerMeters;
import dev.switchboard.worker.store.MessageStore;
import dev.switchboard.worker.store.PartitionLeases.Held;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which partitions this worker owns, as far as it knows: the truth is in MySQL and is asked again with every commit. Outlives
 * connections. Confined to the worker's thread.
 */
final class Ownership {
    private static final Logger LOGGER = LoggerFactory.getLogger(Ownership.class);

    private final Map<Partition, PartitionLog> owned = new TreeMap<>();
    private final long beatNanos;
    private final WorkerMeters meters;
    private long nextBeat = System.nanoTime();

    Ownership(LeaseConfig config, WorkerMeters meters) {
        this.beatNanos = config.beat().toNanos();
        this.meters = meters;
    }

    Collection<PartitionLog> partitions() {
        return owned.values();
    }

    Map<Partition, Long> fences() {
        Map<Partition, Long> fences = new TreeMap<>();
        owned.forEach((partition, held) -> fences.put(partition, held.fence()));
        return fences;
    }

    boolean isDue() {
        return System.nanoTime() - nextBeat >= 0;
    }

    /** Time until the next sign of life is due, at least nothing. */
    long nanosToBeat() {
        return Math.max(0, nextBeat - System.nanoTime());
    }

    /**
     * Gives a sign of life, takes what falls to this worker, and prepares it for appends. What is new, or whose epoch has changed,
     * is read from its beginning.
     *
     * @param startOver read everything from its beginning
     */
    void beat(RedisLog log, MessageStore store, boolean startOver) throws SQLException {
        // Counted from before the database was asked, so that we never believe in a lease longer than it does.
        nextBeat = System.nanoTime() + beatNanos;
        Map<Partition, Held> held = store.leases().settle(fences());
        owned.keySet().removeIf(partition -> {
            boolean lost = !held.containsKey(partition);
            if (lost) {
                LOGGER.info("partition released partition={}", partition.number());
            }
            return lost;
        });
        Map<Partition, Integer> epochs = new HashMap<>();
        held.forEach((partition, lease) -> epochs.put(partition, lease.epoch()));
        Map<Partition, Integer> inForce = log.prepare(epochs);
        boolean[] changed = {startOver};
        held.forEach((partition, lease) ->
                changed[0] |= settle(partition, lease, inForce.getOrDefault(partition, lease.epoch()), startOver));
        if (changed[0]) {
            for (Partition refused : log.fence(owned.values())) {
                outbid(refused, log, store);
            }
        }
        meters.owned(owned.size());
        meters.lagEntries(log.length(owned.values()));
    }

    /** Another worker has it by now. */
    void forget(Partition partition) {
        owned.remove(partition);
        meters.owned(owned.size());
        LOGGER.warn("partition lost partition={}", partition.number());
    }

    private void outbid(Partition partition, RedisLog log, MessageStore store) throws SQLException {
        PartitionLog known = owned.get(partition);
        long higher = log.fenceOf(partition) + 1;
        if (known == null || !store.leases().outbid(partition, known.fence(), higher)) {
            forget(partition);
            return;
        }
        PartitionLog raised = new PartitionLog(partition, higher, known.epoch());
        owned.put(partition, raised);
        LOGGER.warn("fence raised partition={} from={} to={}", partition.number(), known.fence(), higher);
        if (!log.fence(List.of(raised)).isEmpty()) {
            forget(partition);
        }
    }

    private boolean settle(Partition partition, Held lease, int epoch, boolean startOver) {
        PartitionLog known = owned.get(partition);
        if (known == null || known.fence() != lease.fence()) {
            owned.put(partition, new PartitionLog(partition, lease.fence(), epoch));
            LOGGER.info(
                    "partition taken partition={} fence={} epoch={}",
                    partition.number(),
                    lease.fence(),
                    Integer.toUnsignedString(epoch));
            return true;
        }
        if (known.epoch() != epoch) {
            LOGGER.warn(
                    "epoch changed partition={} from={} to={}",
                    partition.number(),
                    Integer.toUnsignedString(known.epoch()),
                    Integer.toUnsignedString(epoch));
            known.rewind(epoch);
        } else if (startOver) {
            known.rewind(epoch);
        }
        return false;
    }
}

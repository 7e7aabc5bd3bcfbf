package dev.switchboard.worker.batch;

import dev.switchboard.wire.Partition;
import dev.switchboard.worker.log.PartitionLog;
import dev.switchboard.worker.log.Preparation;
import dev.switchboard.worker.log.RedisLog;
import dev.switchboard.worker.ops.WorkerMeters;
import dev.switchboard.worker.store.MessageStore;
import dev.switchboard.worker.store.PartitionLeases.Held;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
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
    /** By partition owned, the highest epoch that MySQL held at the last sign of life. */
    private final Map<Partition, Integer> storedEpochs = new TreeMap<>();

    private final Comparison comparison = new Comparison(new SplittableRandom());
    private final Suspects suspects = new Suspects();
    private final long beatNanos;
    private final WorkerMeters meters;
    private long nextBeat = System.nanoTime();

    Ownership(LeaseConfig config, WorkerMeters meters) {
        this.beatNanos = config.beat().toNanos();
        this.meters = meters;
    }

    /** Those that can be read: Redis has been compared with MySQL since its epoch rose. */
    Collection<PartitionLog> partitions() {
        return owned.values().stream().filter(PartitionLog::isReady).toList();
    }

    /** Some that are owned can't be read yet. */
    boolean isComparing() {
        return comparison.isUnderWay();
    }

    /** Takes the comparison a page further, where there is one. */
    void compare(RedisLog log, MessageStore store) throws SQLException {
        comparison.step(log, store, owners()).forEach((partition, answer) -> {
            PartitionLog known = owned.get(partition);
            if (known != null && answer.stage() == Preparation.Stage.READY) {
                begin(known, answer.epoch());
            }
        });
    }

    private List<Preparation.Owned> owners() {
        return owned.values().stream()
                .map(known -> new Preparation.Owned(
                        known.partition(), known.fence(), storedEpochs.getOrDefault(known.partition(), 0)))
                .toList();
    }

    /** Those of the partitions whose entries are stored one by one. */
    Suspects suspects() {
        return suspects;
    }

    /** The others. */
    Collection<PartitionLog> trusted() {
        return suspects.trusted(partitions());
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
     * is compared first, and then read from its beginning.
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
                suspects.forget(partition);
                LOGGER.info("partition released partition={}", partition.number());
            }
            return lost;
        });
        storedEpochs.clear();
        held.forEach((partition, lease) -> {
            storedEpochs.put(partition, lease.epoch());
            PartitionLog known = owned.get(partition);
            if (known == null || known.fence() != lease.fence()) {
                PartitionLog taken = new PartitionLog(partition, lease.fence(), PartitionLog.NOT_READY);
                owned.put(partition, taken);
                suspects.taken(taken, lease.trouble());
            }
        });
        for (Map.Entry<Partition, Preparation.Answer> one :
                comparison.survey(log, owners()).entrySet()) {
            PartitionLog known = owned.get(one.getKey());
            if (known == null) {
                continue;
            }
            switch (one.getValue().stage()) {
                case READY -> {
                    if (startOver || known.epoch() != one.getValue().epoch()) {
                        begin(known, one.getValue().epoch());
                    }
                }
                case FENCED -> outbid(known, log, store);
                case BEGUN, GOING -> halt(known);
            }
        }
        meters.owned(owned.size());
        meters.lagEntries(log.length(owned.values()));
    }

    private static void begin(PartitionLog known, int epoch) {
        if (known.epoch() != epoch) {
            LOGGER.info(
                    "partition taken partition={} fence={} epoch={}",
                    known.partition().number(),
                    known.fence(),
                    Integer.toUnsignedString(epoch));
        }
        known.rewind(epoch);
    }

    private static void halt(PartitionLog known) {
        if (known.isReady()) {
            LOGGER.warn(
                    "epoch changed partition={} from={}",
                    known.partition().number(),
                    Integer.toUnsignedString(known.epoch()));
        }
        known.rewind(PartitionLog.NOT_READY);
    }

    /** Another worker has it by now. */
    void forget(Partition partition) {
        owned.remove(partition);
        comparison.forget(partition);
        suspects.forget(partition);
        meters.owned(owned.size());
        LOGGER.warn("partition lost partition={}", partition.number());
    }

    /** Takes effect with the next sign of life, which is due at once. */
    private void outbid(PartitionLog known, RedisLog log, MessageStore store) throws SQLException {
        Partition partition = known.partition();
        long higher = log.fenceOf(partition) + 1;
        if (!store.leases().outbid(partition, known.fence(), higher)) {
            forget(partition);
            return;
        }
        PartitionLog raised = new PartitionLog(partition, higher, PartitionLog.NOT_READY);
        owned.put(partition, raised);
        suspects.raised(raised);
        nextBeat = System.nanoTime();
        LOGGER.warn("fence raised partition={} from={} to={}", partition.number(), known.fence(), higher);
    }
}

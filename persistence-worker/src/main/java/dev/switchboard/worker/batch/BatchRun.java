package dev.switchboard.worker.batch;

import dev.switchboard.wire.Partition;
import dev.switchboard.worker.log.Batch;
import dev.switchboard.worker.log.LogReader;
import dev.switchboard.worker.log.MarkOutcome;
import dev.switchboard.worker.log.PartitionLog;
import dev.switchboard.worker.log.RedisLog;
import dev.switchboard.worker.ops.WorkerMeters;
import dev.switchboard.worker.store.Committed;
import dev.switchboard.worker.store.MessageStore;
import dev.switchboard.worker.store.OwnershipLostException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/**
 * One batch after the other over one pair of connections: read, commit, mark. In this order and no other: only what is
 * committed is marked, and only what is marked leaves the log. Confined to the worker's thread.
 */
final class BatchRun {
    /** How long a read waits for something to arrive. Bounds how long a stop takes. */
    private static final Duration READ_WAIT = Duration.ofMillis(200);

    /** A worker without partitions only waits for its next sign of life. */
    private static final Duration IDLE = Duration.ofMillis(200);

    /** Ages are taken from ids, and an id that no script wrote may be any number. */
    private static final Duration AGE_MAX = Duration.ofDays(365);

    private final RedisLog log;
    private final MessageStore store;
    private final Ownership ownership;
    private final LogReader reader;
    private final WorkerMeters meters;
    private final SingleStep single;
    /** Turns of the others since a suspect had one: what may kill us comes after what does not. */
    private int turnsSinceStep;

    BatchRun(RedisLog log, MessageStore store, Ownership ownership, LogReader reader, WorkerMeters meters) {
        this.log = log;
        this.store = store;
        this.ownership = ownership;
        this.reader = reader;
        this.meters = meters;
        this.single = new SingleStep(log, store, meters);
    }

    /** A connection is new: nothing that was read before may be trusted. */
    void startOver() throws SQLException {
        ownership.beat(log, store, true);
    }

    /**
     * One batch, if something is there to be stored.
     *
     * @param pause from a partition's turn to its next
     * @return how long to wait before the next step
     */
    Duration step(Duration pause) throws SQLException, OwnershipLostException {
        if (ownership.isDue()) {
            ownership.beat(log, store, false);
        }
        if (ownership.isComparing()) {
            ownership.compare(log, store);
        }
        if (ownership.isComparing() && ownership.partitions().isEmpty()) {
            return Duration.ZERO;
        }
        if (ownership.partitions().isEmpty()) {
            meters.caughtUp(Duration.ZERO);
            return min(IDLE, Duration.ofNanos(ownership.nanosToBeat()));
        }
        boolean othersHadTheirs = ownership.trusted().isEmpty() || turnsSinceStep >= LogReader.TURNS;
        if (ownership.suspects().areReady() && othersHadTheirs) {
            turnsSinceStep = 0;
            stepSuspect();
            return Duration.ZERO;
        }
        turnsSinceStep++;
        return turn(pause);
    }

    private Duration turn(Duration pause) throws SQLException, OwnershipLostException {
        Collection<PartitionLog> partitions = ownership.trusted();
        boolean stepping = ownership.suspects().areReady();
        boolean waits = !stepping && !ownership.isComparing();
        Batch batch = reader.next(
                partitions, waits ? min(READ_WAIT, Duration.ofNanos(ownership.nanosToBeat())) : Duration.ZERO);
        Duration share = pause.dividedBy(LogReader.TURNS);
        if (batch.isEmpty()) {
            if (reader.isQuiet()) {
                if (!ownership.isComparing()) {
                    meters.caughtUp(Duration.ZERO);
                }
                return Duration.ZERO;
            }
            return stepping || reader.isBehind(partitions) ? Duration.ZERO : share;
        }
        long start = System.nanoTime();
        long age = System.currentTimeMillis() - reader.oldestMillis(batch, partitions);
        meters.caughtUp(Duration.ofMillis(Math.max(0, Math.min(AGE_MAX.toMillis(), age))));
        Committed committed = store.commit(batch);
        meters.committed(committed.rows(), committed.voids(), committed.deadLetters());
        boolean epochChanged = settle(log.mark(batch, committed.absent()));
        long nanos = System.nanoTime() - start;
        meters.batch(batch.messages().size(), nanos);
        if (epochChanged) {
            ownership.beat(log, store, true);
        }
        boolean full = stepping || reader.isBehind(partitions);
        return full ? Duration.ZERO : share.minusNanos(Math.min(nanos, share.toNanos()));
    }

    /** Some partitions can't be read yet. */
    boolean isComparing() {
        return ownership.isComparing();
    }

    private void stepSuspect() throws SQLException, OwnershipLostException {
        Suspects.Suspect suspect = ownership.suspects().next();
        Optional<MarkOutcome> outcome = single.run(suspect);
        if (outcome.isPresent() && settle(Map.of(suspect.log().partition(), outcome.get()))) {
            ownership.beat(log, store, true);
        }
        ownership.suspects().stepped(suspect, outcome.isEmpty());
    }

    private boolean settle(Map<Partition, MarkOutcome> outcomes) {
        boolean epochChanged = false;
        for (Map.Entry<Partition, MarkOutcome> one : outcomes.entrySet()) {
            switch (one.getValue()) {
                case MARKED -> {}
                case FENCED -> ownership.forget(one.getKey());
                case EPOCH_CHANGED -> epochChanged = true;
            }
        }
        return epochChanged;
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}

package dev.switchboard.worker.log;

import dev.switchboard.wire.Partition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Cuts batches from the logs of all partitions the worker owns. They take turns, a quarter of them in each batch, so that the
 * work is spread over time instead of holding up live messages in bursts; when a whole round brought nothing, it waits for all.
 * Reads a partition again only when nothing of it is waiting, so at most {@link #ENTRIES_MAX} entries of each are held.
 * Confined to the worker's thread.
 */
public final class LogReader {
    /** Entries asked of one partition at once. An entry holds what one call of the append script accepted. */
    private static final int ENTRIES_MAX = 128;

    /** Batches until each partition had its turn. */
    public static final int TURNS = 4;

    private final RedisLog log;
    private final int rowsMax;
    private final long bytesMax;
    /** Whose turn it is. */
    private int turn;
    /** Turns in a row that brought nothing. */
    private int quietTurns = TURNS;
    /** Turns until the end of the round that follows a read which did not come to a partition's end. */
    private int hurriedTurns;

    public LogReader(RedisLog log, int rowsMax, long bytesMax) {
        this.log = log;
        this.rowsMax = rowsMax;
        this.bytesMax = bytesMax;
    }

    /**
     * The next batch, empty if nothing came: of the partitions whose turn it is, or within the given time of any.
     *
     * @param partitions those this worker owns, at least one
     */
    public Batch next(Collection<PartitionLog> partitions, Duration wait) {
        boolean quiet = isQuiet();
        int now = turn;
        turn = (turn + 1) % (TURNS * Partition.COUNT);
        List<PartitionLog> inTurn = partitions.stream()
                .filter(owned -> quiet || owned.partition().number() % TURNS == now % TURNS)
                .collect(Collectors.toCollection(ArrayList::new));
        if (!inTurn.isEmpty()) {
            boolean nothingWaits =
                    inTurn.stream().allMatch(partition -> partition.waiting().isEmpty());
            fill(inTurn, quiet && nothingWaits ? wait : Duration.ZERO);
            // Another one first each time, so that a busy one can't starve those behind it.
            Collections.rotate(inTurn, -(now / TURNS % inTurn.size()));
        }
        Batch batch = cut(inTurn);
        quietTurns = batch.isEmpty() ? quietTurns + 1 : 0;
        return batch;
    }

    /** A whole round brought nothing: the next read waits. */
    public boolean isQuiet() {
        return quietTurns >= TURNS;
    }

    /** Something was read that no batch holds yet, or the last read of a partition did not come to its end: don't rest. */
    public boolean isBehind(Collection<PartitionLog> partitions) {
        return hurriedTurns > 0
                || partitions.stream()
                        .anyMatch(partition -> !partition.waiting().isEmpty());
    }

    /** Milliseconds of Redis' clock at which the oldest entry was accepted that is not stored yet, in the batch or behind it. */
    public long oldestMillis(Batch batch, Collection<PartitionLog> partitions) {
        long oldest = batch.oldestMillis();
        for (PartitionLog partition : partitions) {
            DecodedEntry first = partition.waiting().peek();
            if (first != null) {
                oldest = Math.min(oldest, first.id().millis());
            }
        }
        return oldest;
    }

    private void fill(Collection<PartitionLog> partitions, Duration wait) {
        Map<Partition, PartitionLog> empty = new HashMap<>();
        for (PartitionLog partition : partitions) {
            if (partition.waiting().isEmpty()) {
                empty.put(partition.partition(), partition);
            }
        }
        hurriedTurns = Math.max(0, hurriedTurns - 1);
        if (!empty.isEmpty()) {
            log.read(empty.values(), ENTRIES_MAX, wait, (partition, id, value) -> {
                PartitionLog owned = empty.get(partition);
                if (owned != null) {
                    owned.add(EntryDecoder.decode(partition, id, value));
                    if (owned.waiting().size() >= ENTRIES_MAX) {
                        hurriedTurns = TURNS;
                    }
                }
            });
        }
    }

    private Batch cut(List<PartitionLog> inTurn) {
        List<Batch.Slice> slices = new ArrayList<>();
        int rows = 0;
        long bytes = 0;
        for (PartitionLog partition : inTurn) {
            List<DecodedEntry> entries = new ArrayList<>();
            while (!partition.waiting().isEmpty()) {
                DecodedEntry entry = partition.waiting().element();
                boolean fits = rows + entry.count() <= rowsMax && bytes + entry.bytes() <= bytesMax;
                // An entry is never split, so one that alone exceeds the bounds is a batch of its own.
                if (!fits && rows > 0) {
                    break;
                }
                entries.add(partition.waiting().remove());
                rows += Math.max(1, entry.count());
                bytes += entry.bytes();
            }
            if (!entries.isEmpty()) {
                slices.add(new Batch.Slice(partition.partition(), partition.fence(), partition.epoch(), entries));
            }
        }
        return new Batch(slices);
    }
}

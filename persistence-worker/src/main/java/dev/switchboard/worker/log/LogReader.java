package dev.switchboard.worker.log;

import dev.switchboard.wire.Partition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Cuts batches from the logs of all partitions the worker owns. Reads a partition again only when nothing of it is waiting, so
 * at most {@link #ENTRIES_MAX} entries of each are held. Confined to the worker's thread.
 */
public final class LogReader {
    /** Entries asked of one partition at once. An entry holds what one call of the append script accepted. */
    private static final int ENTRIES_MAX = 128;

    private final RedisLog log;
    private final int rowsMax;
    private final long bytesMax;
    /** Which partition comes first in the next batch, so that a busy one can't starve those behind it. */
    private int turn;

    public LogReader(RedisLog log, int rowsMax, long bytesMax) {
        this.log = log;
        this.rowsMax = rowsMax;
        this.bytesMax = bytesMax;
    }

    /**
     * The next batch, empty if nothing came within the given time.
     *
     * @param partitions those this worker owns, at least one
     */
    public Batch next(Collection<PartitionLog> partitions, Duration wait) {
        boolean nothingWaits =
                partitions.stream().allMatch(partition -> partition.waiting().isEmpty());
        fill(partitions, nothingWaits ? wait : Duration.ZERO);
        List<PartitionLog> inTurn = new ArrayList<>(partitions);
        Collections.rotate(inTurn, -(turn++ % inTurn.size()));
        return cut(inTurn);
    }

    /** Something was read that no batch holds yet. */
    public boolean isBehind(Collection<PartitionLog> partitions) {
        return partitions.stream().anyMatch(partition -> !partition.waiting().isEmpty());
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
        if (!empty.isEmpty()) {
            log.read(empty.values(), ENTRIES_MAX, wait, (partition, id, value) -> {
                PartitionLog owned = empty.get(partition);
                if (owned != null) {
                    owned.add(EntryDecoder.decode(partition, id, value));
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

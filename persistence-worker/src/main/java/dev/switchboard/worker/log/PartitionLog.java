package dev.switchboard.worker.log;

import dev.switchboard.wire.Partition;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The log of a partition this worker owns: how far it was read and what was read but stands in no batch yet. Confined to the
 * worker's thread.
 */
public final class PartitionLog {
    /** In place of an epoch: nothing may be read yet. */
    public static final int NOT_READY = 0;

    private final Partition partition;
    private final long fence;
    private final Deque<DecodedEntry> waiting = new ArrayDeque<>();
    private int epoch;
    private LogId readUpTo = LogId.START;

    /**
     * Starts at the beginning.
     *
     * @param fence what MySQL handed out with the ownership
     */
    public PartitionLog(Partition partition, long fence, int epoch) {
        this.partition = partition;
        this.fence = fence;
        this.epoch = epoch;
    }

    public Partition partition() {
        return partition;
    }

    public long fence() {
        return fence;
    }

    /** The epoch in force when the partition was prepared last. */
    public int epoch() {
        return epoch;
    }

    /** Whether it may be read. */
    public boolean isReady() {
        return epoch != NOT_READY;
    }

    /**
     * Reads from the beginning. What stands there is at most what was committed but not marked, because marking trims; storing
     * it again changes nothing. So one step serves a take-over, a crash between commit and mark, an unknown commit, and a log
     * that a fail-over or a wipe put behind the cursor.
     */
    public void rewind(int epochInForce) {
        epoch = epochInForce;
        readUpTo = LogId.START;
        waiting.clear();
    }

    LogId readUpTo() {
        return readUpTo;
    }

    Deque<DecodedEntry> waiting() {
        return waiting;
    }

    void add(DecodedEntry entry) {
        waiting.add(entry);
        readUpTo = entry.id();
    }
}

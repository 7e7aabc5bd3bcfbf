package dev.switchboard.gateway.log;

import dev.switchboard.wire.Partition;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** The newest epoch this gateway has seen of each partition. Only rises. Any thread may call it. */
public final class Epochs {
    private final AtomicIntegerArray byPartition = new AtomicIntegerArray(Partition.COUNT);

    int of(Partition partition) {
        return byPartition.get(partition.number());
    }

    void seen(Partition partition, int epoch) {
        byPartition.accumulateAndGet(partition.number(), epoch, Math::max);
    }

    /** True once a worker has made every partition ready for appends. */
    public boolean allKnown() {
        for (int i = 0; i < Partition.COUNT; i++) {
            if (byPartition.get(i) == 0) {
                return false;
            }
        }
        return true;
    }
}

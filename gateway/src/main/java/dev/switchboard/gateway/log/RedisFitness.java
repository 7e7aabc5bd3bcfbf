package dev.switchboard.gateway.log;

import dev.switchboard.wire.Partition;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * What this gateway knows of Redis as a whole: the newest epoch of each partition, and whether it is set up to keep what it
 * accepts. Any thread may call it. Epochs only rise.
 */
public final class RedisFitness {
    private final AtomicIntegerArray epochs = new AtomicIntegerArray(Partition.COUNT);
    private volatile boolean fit = true;

    public int epoch(Partition partition) {
        return epochs.get(partition.number());
    }

    public void seen(Partition partition, int epoch) {
        epochs.accumulateAndGet(partition.number(), epoch, Math::max);
    }

    /** False while a setting is weaker than what ACCEPTED promises: nothing may be accepted. */
    public boolean fit() {
        return fit;
    }

    void judged(boolean fitNow) {
        fit = fitNow;
    }
}

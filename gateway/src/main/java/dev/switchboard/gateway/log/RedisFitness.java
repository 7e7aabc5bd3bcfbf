package dev.switchboard.gateway.log;

import dev.switchboard.wire.Partition;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Consumer;

/**
 * What this gateway knows of Redis as a whole: the newest epoch of each partition, whether it is set up to keep what it
 * accepts, how full it is, and whether it is one server. Any thread may call it. Epochs only rise.
 */
public final class RedisFitness {
    /** How far below the limit of memory it has to fall before something new is taken again, so that it does not flutter. */
    static final int MEMORY_PERCENT_HYSTERESIS = 5;

    private final AtomicIntegerArray epochs = new AtomicIntegerArray(Partition.COUNT);
    private volatile Consumer<Partition> onRise = partition -> {};
    private volatile boolean fit = true;
    private volatile int memoryPercent;
    private volatile boolean full;
    private volatile boolean oneServer;
    private volatile boolean severalRefused;

    public int epoch(Partition partition) {
        return epochs.get(partition.number());
    }

    public void seen(Partition partition, int epoch) {
        int before = epochs.getAndAccumulate(partition.number(), epoch, Math::max);
        if (before != 0 && epoch > before) {
            onRise.accept(partition);
        }
    }

    /** Calls this on whichever thread sees that an epoch rose: Redis restarted, failed over, or was wiped. Not for the first one seen. */
    public void onRise(Consumer<Partition> listener) {
        onRise = listener;
    }

    /** False while a setting is weaker than what ACCEPTED promises: nothing may be accepted. */
    public boolean fit() {
        return fit;
    }

    void judged(boolean fitNow) {
        fit = fitNow;
    }

    /** One thread calls this. */
    void filled(int percent, int percentMax) {
        full = percent >= (full ? percentMax - MEMORY_PERCENT_HYSTERESIS : percentMax);
        memoryPercent = percent;
    }

    /** True from the limit on until it has fallen well below. */
    public boolean full() {
        return full;
    }

    /** How much of Redis' memory is used. */
    public int memoryPercent() {
        return memoryPercent;
    }

    /** Messages of a partition that MySQL may lack now: none more while Redis is as full as it may get, retries apart. */
    public long backlogMessagesMax(LogLimits limits) {
        return full ? 0 : limits.backlogMessagesMax();
    }

    /** Whether one script may reach keys of several partitions. False on a Cluster, and until it is known. */
    boolean reachesAllPartitions() {
        return oneServer && !severalRefused;
    }

    void saysItIsOneServer(boolean oneServerNow) {
        oneServer = oneServerNow;
    }

    /** What it says of itself isn't true. For good: it will go on saying so. */
    void refusedSeveralPartitions() {
        severalRefused = true;
    }
}

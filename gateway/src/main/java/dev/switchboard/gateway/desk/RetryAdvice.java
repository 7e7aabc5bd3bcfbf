package dev.switchboard.gateway.desk;

import dev.switchboard.gateway.log.LaneState;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.Position;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Says how long a reader waits before doing what a head asks for, so that many who are told the same at once don't all come at once.
 * Any thread may call it.
 */
public final class RetryAdvice {
    /** Over so long everybody who lost what they had seen loads their conversations anew. */
    public static final Duration RESYNC_SPREAD = Duration.ofSeconds(10);

    /** For so long after an epoch rose whoever must load anew is taken for one of many. */
    private static final Duration RISE_REMEMBERED = Duration.ofMinutes(1);

    /** Where MySQL can't be asked now, somebody asks again after so long, and at most half as long again. */
    private static final int LATER_MILLIS = 2_000;

    /** Not nothing: a client that is told nothing chooses a moment within the spread. */
    private static final int AT_ONCE_MILLIS = 1;

    private final AtomicLongArray risenNanos = new AtomicLongArray(Partition.COUNT);
    private final LongSupplier nanoTime;
    private final RandomGenerator random;

    public RetryAdvice(LongSupplier nanoTime, RandomGenerator random) {
        this.nanoTime = nanoTime;
        this.random = random;
        long longAgo = nanoTime.getAsLong() - RISE_REMEMBERED.toNanos();
        for (int i = 0; i < Partition.COUNT; i++) {
            risenNanos.set(i, longAgo);
        }
    }

    /** Redis may have lost what this partition had accepted last. */
    public void epochRose(Partition partition) {
        risenNanos.set(partition.number(), nanoTime.getAsLong());
    }

    /** For a reader who stands at this position of a lane; 0 for those who need not wait. */
    int millis(ResumeLanes.At at, LaneState state) {
        return switch (state.outcome()) {
            case COMPLETE, MORE, STORED -> 0;
            case LATER -> LATER_MILLIS + random.nextInt(LATER_MILLIS / 2);
            case RESYNC ->
                isOneOfMany(at, state.head()) ? 1 + random.nextInt((int) RESYNC_SPREAD.toMillis()) : AT_ONCE_MILLIS;
        };
    }

    private boolean isOneOfMany(ResumeLanes.At at, Position head) {
        int partition = at.conversation().partition().number();
        boolean rose = nanoTime.getAsLong() - risenNanos.get(partition) < RISE_REMEMBERED.toNanos();
        // Ahead of what Redis has in the very epoch: it lost that, and nobody has noticed yet.
        boolean ahead = at.position().epoch() == head.epoch() && at.position().compareTo(head) > 0;
        return rose || ahead;
    }
}

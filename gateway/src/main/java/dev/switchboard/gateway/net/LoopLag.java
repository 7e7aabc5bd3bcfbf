package dev.switchboard.gateway.net;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;

/**
 * How late an event loop is with what it has to do. It looks at a clock at regular intervals and sees how much later than
 * planned it comes to that. Confined to its loop; what it found may be read by any thread.
 */
public final class LoopLag {
    private static final int PROBE_MILLIS = 100;

    /** Looks that count. A pause of the whole program makes one or two of them late, overload all of them. */
    static final int PROBES = 10;

    private final LongSupplier nanoClock;
    private final long[] late = new long[PROBES];
    private int next;
    private long due;
    private volatile long lasting;
    private volatile long worst;

    public LoopLag(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** Begins to look. */
    public void start(EventLoop loop) {
        plan();
        schedule(loop);
    }

    private void schedule(EventLoop loop) {
        loop.schedule(
                () -> {
                    probe();
                    if (!loop.isShuttingDown()) {
                        schedule(loop);
                    }
                },
                PROBE_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    void plan() {
        due = nanoClock.getAsLong() + TimeUnit.MILLISECONDS.toNanos(PROBE_MILLIS);
    }

    void probe() {
        late[next] = Math.max(0, nanoClock.getAsLong() - due);
        next = (next + 1) % PROBES;
        lasting = LongStream.of(late).min().orElse(0);
        worst = LongStream.of(late).max().orElse(0);
        plan();
    }

    /** As late as this it was every time lately, for a second or longer. */
    public Duration lasting() {
        return Duration.ofNanos(lasting);
    }

    /** As late as this it was once lately. */
    public Duration worst() {
        return Duration.ofNanos(worst);
    }
}

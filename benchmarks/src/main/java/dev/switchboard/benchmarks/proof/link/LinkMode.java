package dev.switchboard.benchmarks.proof.link;

import java.time.Duration;

/**
 * How a link treats what comes, in both directions. Immutable, any thread.
 *
 * @param delay between reading a byte and writing it
 * @param bytesAtOnce in one write
 * @param pause between two writes
 * @param bytesLeft after which a connection is reset; negative: never
 */
public record LinkMode(Kind kind, Duration delay, int bytesAtOnce, Duration pause, int bytesLeft) {
    /** Everything at once, without delay. */
    public static final LinkMode PASS = new LinkMode(Kind.FORWARD, Duration.ZERO, Integer.MAX_VALUE, Duration.ZERO, -1);

    /** One byte in each write. */
    public static final LinkMode SLICE = new LinkMode(Kind.FORWARD, Duration.ZERO, 1, Duration.ZERO, -1);

    /**
     * Nothing arrives and nobody is told: as if a cable were out. Nothing is read either, so that what was sent meanwhile arrives
     * after the mode has changed, as TCP would do it.
     */
    public static final LinkMode BLACKHOLE =
            new LinkMode(Kind.BLACKHOLE, Duration.ZERO, Integer.MAX_VALUE, Duration.ZERO, -1);

    /** Connections end in order (FIN), and new ones are refused. */
    public static final LinkMode CUT = new LinkMode(Kind.CUT, Duration.ZERO, Integer.MAX_VALUE, Duration.ZERO, -1);

    /** Connections are torn (RST), and new ones are refused. */
    public static final LinkMode TORN = new LinkMode(Kind.TORN, Duration.ZERO, Integer.MAX_VALUE, Duration.ZERO, -1);

    private static final Duration TICK = Duration.ofMillis(20);

    /** What happens to a connection. */
    enum Kind {
        FORWARD,
        BLACKHOLE,
        CUT,
        TORN
    }

    /** Each byte arrives that much later. */
    public static LinkMode latency(Duration delay) {
        return new LinkMode(Kind.FORWARD, delay, Integer.MAX_VALUE, Duration.ZERO, -1);
    }

    /** The same with one byte in each write. */
    public static LinkMode slices(Duration delay) {
        return new LinkMode(Kind.FORWARD, delay, 1, Duration.ZERO, -1);
    }

    /** No more than that many bytes a second in each direction of each connection. */
    public static LinkMode throttle(int bytesPerSecond) {
        int ticks = (int) (Duration.ofSeconds(1).toNanos() / TICK.toNanos());
        return new LinkMode(Kind.FORWARD, Duration.ZERO, Math.max(1, bytesPerSecond / ticks), TICK, -1);
    }

    /** Each connection is torn (RST) after that many more bytes from the target, in the middle of whatever that is. */
    public static LinkMode resetAfter(int bytes) {
        return new LinkMode(Kind.FORWARD, Duration.ZERO, Integer.MAX_VALUE, Duration.ZERO, bytes);
    }

    /** The same for the way to the target: only what comes from there is counted. */
    LinkMode unbounded() {
        return new LinkMode(kind, delay, bytesAtOnce, pause, -1);
    }

    boolean closes() {
        return kind == Kind.CUT || kind == Kind.TORN;
    }

    boolean forwards() {
        return kind == Kind.FORWARD;
    }
}

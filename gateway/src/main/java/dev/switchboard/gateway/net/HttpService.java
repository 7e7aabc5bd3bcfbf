package dev.switchboard.gateway.net;

import dev.switchboard.gateway.api.http.HttpDoor;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * What all connections share that ask something over HTTP: the doors of their event loops, how long they may take, whether this
 * gateway is going away. Any thread may call it.
 */
public final class HttpService {
    private final Function<EventLoop, HttpDoor> doors;
    private final Times times;
    private final BooleanSupplier draining;
    private final AtomicInteger underWay = new AtomicInteger();
    /** Notified when the last request has all of its answer. */
    private final Object quiet = new Object();

    /**
     * How long things may take.
     *
     * @param request from accepting a connection, or from the first byte behind an answer, to a whole request; then 408
     * @param idle from an answer to the next request; then the connection is closed
     * @param answer from a whole request to its answer; then 503
     */
    public record Times(Duration request, Duration idle, Duration answer) {
        /** Longer than anything that is asked of Redis or MySQL may take, so that its own refusal comes first. */
        static final Duration ANSWER = Duration.ofSeconds(10);

        /** From an answer to its last byte taken by the client; then the connection is cut. */
        static final Duration TAKEN = Duration.ofSeconds(30);

        public Times(Duration request, Duration idle) {
            this(request, idle, ANSWER);
        }
    }

    public HttpService(Function<EventLoop, HttpDoor> doors, Times times, BooleanSupplier draining) {
        this.doors = doors;
        this.times = times;
        this.draining = draining;
    }

    HttpDoor door(EventLoop loop) {
        return doors.apply(loop);
    }

    Times times() {
        return times;
    }

    /** While it is, every answer is the last one of its connection. */
    boolean draining() {
        return draining.getAsBoolean();
    }

    void begun() {
        underWay.incrementAndGet();
    }

    void ended() {
        if (underWay.decrementAndGet() == 0) {
            synchronized (quiet) {
                quiet.notifyAll();
            }
        }
    }

    /** Requests whose answer has not left as a whole. */
    public int underWay() {
        return underWay.get();
    }

    /** Waits until every request has all of its answer, but no longer than this. */
    public void awaitQuiet(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        synchronized (quiet) {
            // Counted again under the lock that notifying takes: the last answer can't slip in between.
            for (long left = patience.toNanos(); underWay.get() > 0 && left > 0; left = deadline - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(quiet, left);
            }
        }
    }
}

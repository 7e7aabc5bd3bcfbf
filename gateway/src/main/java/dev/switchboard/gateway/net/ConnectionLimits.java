package dev.switchboard.gateway.net;

import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/** How many WebSockets this gateway takes, in all, of one address, and how fast. Any thread may call it. */
public final class ConnectionLimits {
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int RETRY_SECONDS_MIN = 1;
    private static final int RETRY_SECONDS_MAX = 10;

    private final Places places;
    private final int perAddressMax;
    /** When the last ones were let in, as many as may be in one second: a ring, the oldest is the next to be overwritten. */
    private final long[] handshakes;

    private final LongSupplier nanoClock;
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    private final ConcurrentMap<String, Integer> perAddress = new ConcurrentHashMap<>();
    private int oldestHandshake;

    public ConnectionLimits(Places places, int perAddressMax, int handshakesPerSecondMax, LongSupplier nanoClock) {
        this.places = places;
        this.perAddressMax = perAddressMax;
        this.nanoClock = nanoClock;
        this.handshakes = new long[handshakesPerSecondMax];
        Arrays.fill(handshakes, nanoClock.getAsLong() - SECOND_NANOS);
    }

    /** What became of asking for a place. */
    enum Admission {
        ADMITTED,
        /** 503: this gateway is full. */
        FULL,
        /** 429: too many of this address. */
        ADDRESS_FULL,
        /** 503: too many handshakes within a second. */
        TOO_FAST
    }

    /** Counts a connection from its first moment; {@link #gone} takes it back. False: not counted, there are too many. */
    boolean accept() {
        if (accepted.incrementAndGet() > places.connections() + places.beforeHandshake()) {
            accepted.decrementAndGet();
            return false;
        }
        return true;
    }

    void gone() {
        accepted.decrementAndGet();
    }

    /**
     * Asks for a place. Every place that was given is given back with {@link #leave}.
     *
     * @param address of the client; empty where it can't be known, then it is not counted
     */
    Admission enter(String address) {
        if (!takeHandshake()) {
            return Admission.TOO_FAST;
        }
        if (connections.incrementAndGet() > places.connections()) {
            connections.decrementAndGet();
            return Admission.FULL;
        }
        if (!address.isEmpty() && perAddress.merge(address, 1, Integer::sum) > perAddressMax) {
            leave(address);
            return Admission.ADDRESS_FULL;
        }
        return Admission.ADMITTED;
    }

    void leave(String address) {
        connections.decrementAndGet();
        if (!address.isEmpty()) {
            perAddress.computeIfPresent(address, (same, count) -> count == 1 ? null : count - 1);
        }
    }

    public int connections() {
        return connections.get();
    }

    public int connectionsMax() {
        return places.connections();
    }

    /** Seconds after which a refused client may come again; different for each, or they all come at once. */
    static int retrySeconds() {
        return ThreadLocalRandom.current().nextInt(RETRY_SECONDS_MIN, RETRY_SECONDS_MAX + 1);
    }

    /** Whatever second one looks at, there are no more in it than may be. */
    private synchronized boolean takeHandshake() {
        long now = nanoClock.getAsLong();
        if (now - handshakes[oldestHandshake] < SECOND_NANOS) {
            return false;
        }
        handshakes[oldestHandshake] = now;
        oldestHandshake = (oldestHandshake + 1) % handshakes.length;
        return true;
    }
}

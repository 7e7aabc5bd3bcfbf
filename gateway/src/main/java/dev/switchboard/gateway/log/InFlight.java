package dev.switchboard.gateway.log;

import java.util.concurrent.atomic.AtomicLong;

/** Appends of this gateway that have no answer yet, over all event loops. At the bound a new one is refused, never queued. */
public final class InFlight {
    /** From this share of either bound on, nobody new is let in. */
    static final int NEARLY_FULL_PERCENT = 75;

    private final LogLimits limits;
    private final AtomicLong messages = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();

    public InFlight(LogLimits limits) {
        this.limits = limits;
    }

    /** Takes a place for an append of this size, or refuses. Each place taken is given back with {@link #leave}. */
    boolean enter(int size) {
        long messagesNow = messages.incrementAndGet();
        long bytesNow = bytes.addAndGet(size);
        boolean fits = messagesNow <= limits.inFlightMessagesMax() && bytesNow <= limits.inFlightBytesMax();
        if (!fits) {
            leave(size);
        }
        return fits;
    }

    void leave(int size) {
        messages.decrementAndGet();
        bytes.addAndGet(-size);
    }

    /** So many are on their way that who comes now would only make those wait longer who are here. Any thread. */
    public boolean nearlyFull() {
        return messages.get() > limits.inFlightMessagesMax() / 100.0 * NEARLY_FULL_PERCENT
                || bytes.get() > limits.inFlightBytesMax() / 100.0 * NEARLY_FULL_PERCENT;
    }

    public long messages() {
        return messages.get();
    }
}

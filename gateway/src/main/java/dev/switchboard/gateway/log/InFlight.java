package dev.switchboard.gateway.log;

import java.util.concurrent.atomic.AtomicLong;

/** Appends of this gateway that have no answer yet, over all event loops. At the bound a new one is refused, never queued. */
public final class InFlight {
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

    public long messages() {
        return messages.get();
    }
}

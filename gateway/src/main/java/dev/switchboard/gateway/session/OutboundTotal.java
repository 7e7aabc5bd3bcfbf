package dev.switchboard.gateway.session;

import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bytes that wait to be written, over all connections of this gateway: the bound of one connection times their number is more
 * than there is. Any thread may call it. At the bound the connection with most waiting is closed as a slow consumer, and the next
 * one, until the rest fits.
 *
 * <p>What always holds: the total is the sum of what each connection was last counted with. That is after each flush, and a few
 * times a second for those that had something left.
 */
public final class OutboundTotal {
    private static final Logger log = LoggerFactory.getLogger(OutboundTotal.class);

    /** From this share of the bound on, in percent, who is behind gets no hints. */
    private static final int TIGHT_PERCENT = 75;

    private final long bytesMax;
    private final AtomicLong bytes = new AtomicLong();
    private final Set<Outbound> behind = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean relieving = new AtomicBoolean();

    public OutboundTotal(SessionLimits limits) {
        this.bytesMax = limits.outboundTotalBytesMax();
    }

    public long bytes() {
        return bytes.get();
    }

    /** Counts anew what waits for those of this event loop that had something left. Called on it, a few times a second. */
    public void sweep(int loop) {
        for (Outbound each : behind) {
            if (each.loop() == loop) {
                each.count();
            }
        }
    }

    /** True while hints are left out for who is behind, so that messages have the room that there is. */
    boolean tight() {
        return bytes.get() > bytesMax / 100 * TIGHT_PERCENT;
    }

    /** What waits for a connection has changed. */
    void changed(Outbound who, long before, long now) {
        if (now > 0) {
            behind.add(who);
        }
        if (now == 0 || who.isForgotten()) {
            behind.remove(who);
        }
        if (bytes.addAndGet(now - before) > bytesMax && relieving.compareAndSet(false, true)) {
            try {
                relieve();
            } finally {
                relieving.set(false);
            }
        }
    }

    /** A connection is counted no more. */
    void forgotten(Outbound who, long before) {
        behind.remove(who);
        bytes.addAndGet(-before);
    }

    private void relieve() {
        while (bytes.get() > bytesMax) {
            Outbound largest = behind.stream()
                    .max(Comparator.comparingLong(Outbound::counted))
                    .orElse(null);
            if (largest == null) {
                return;
            }
            log.warn("outbound bound reached total={} closing={}", bytes.get(), largest);
            largest.giveUp();
        }
    }
}

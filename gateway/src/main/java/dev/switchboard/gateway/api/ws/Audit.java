package dev.switchboard.gateway.api.ws;

import dev.switchboard.gateway.session.Session;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Notes who tried what they may not. At most one line a second for each event loop; the counters count all. */
final class Audit {
    private static final Logger log = LoggerFactory.getLogger("audit");
    private static final long INTERVAL_NANOS = 1_000_000_000L;

    private long lastLine = System.nanoTime() - INTERVAL_NANOS;
    private long left;

    void forbidden(Session session, String action) {
        long now = System.nanoTime();
        if (now - lastLine < INTERVAL_NANOS) {
            left++;
            return;
        }
        log.warn(
                "forbidden action={} user={} role={} connection={} left_out={}",
                action,
                session.user(),
                session.identity().role(),
                Long.toHexString(session.id()),
                left);
        lastLine = now;
        left = 0;
    }
}

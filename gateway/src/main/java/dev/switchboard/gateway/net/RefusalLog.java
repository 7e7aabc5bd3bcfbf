package dev.switchboard.gateway.net;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes requests that were refused, under the id the client was told. At most one line a second for each result, with how many
 * were left out since; the counters count all. Any thread may call it. Results are fixed by the code, so the map stays small.
 */
final class RefusalLog {
    private static final Logger log = LoggerFactory.getLogger(RefusalLog.class);
    private static final long INTERVAL_NANOS = 1_000_000_000L;

    private final LongSupplier nanoClock;
    private final ConcurrentMap<String, Recent> byResult = new ConcurrentHashMap<>();

    RefusalLog(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** When the last line was written, and what was left out after it. */
    private record Recent(long nanos, long leftOut) {}

    void refused(String requestId, HttpAnswers.Refused refused) {
        long now = nanoClock.getAsLong();
        byResult.compute(refused.result(), (result, last) -> {
            if (last != null && now - last.nanos() < INTERVAL_NANOS) {
                return new Recent(last.nanos(), last.leftOut() + 1);
            }
            log.info(
                    "refused request={} status={} result={} left_out={}",
                    requestId,
                    refused.status(),
                    result,
                    last == null ? 0 : last.leftOut());
            return new Recent(now, 0);
        });
    }
}

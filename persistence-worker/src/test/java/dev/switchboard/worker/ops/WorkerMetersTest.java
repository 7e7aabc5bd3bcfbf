package dev.switchboard.worker.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkerMetersTest {
    private static final Pattern LAG = Pattern.compile("\nswitchboard_worker_log_lag_seconds (\\S+)");

    private final AtomicLong nanos = new AtomicLong(-5);
    private final WorkerMeters meters = new WorkerMeters(new Health(), nanos::get);

    @AfterEach
    void close() {
        meters.close();
    }

    @Test
    void lagGrowsFromTheStartWhileNothingCouldBeRead() {
        assertEquals(0, lag());
        pass(Duration.ofSeconds(31));
        assertEquals(31, lag());
    }

    @Test
    void lagGrowsFromTheLastReadWhenNoOtherSucceeds() {
        pass(Duration.ofMinutes(5));
        meters.caughtUp(Duration.ZERO);
        assertEquals(0, lag());
        pass(Duration.ofSeconds(40));
        assertEquals(40, lag());
        meters.caughtUp(Duration.ofSeconds(35));
        assertEquals(35, lag());
        pass(Duration.ofSeconds(2));
        assertEquals(37, lag());
        meters.caughtUp(Duration.ZERO);
        assertEquals(0, lag());
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private double lag() {
        Matcher found = LAG.matcher(meters.scrape());
        return found.find() ? Double.parseDouble(found.group(1)) : Double.NaN;
    }
}

package dev.switchboard.worker.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class SqlTimeTest {
    private final SqlTime time = new SqlTime();

    @Test
    void writesUtcWithMilliseconds() {
        assertEquals("2026-11-20 10:48:32.007", text("2026-11-20T10:48:32.007Z"));
        assertEquals("2026-11-20 10:48:32.990", text("2026-11-20T10:48:32.990Z"));
        assertEquals("2026-11-20 10:48:33.000", text("2026-11-20T10:48:33Z"));
        assertEquals("1970-01-01 00:00:00.000", time.text(0));
    }

    @Test
    void staysWithinWhatTheColumnHolds() {
        assertEquals("9999-12-31 23:59:59.999", time.text(Long.MAX_VALUE));
        assertEquals("1970-01-01 00:00:00.000", time.text(-1));
    }

    private String text(String instant) {
        return time.text(Instant.parse(instant).toEpochMilli());
    }
}

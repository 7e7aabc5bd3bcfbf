package dev.switchboard.worker.store;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Milliseconds since 1970 as a UTC DATETIME(3). As text, because the driver's own conversion goes through calendars for each
 * row. Confined to one thread: it remembers the last second, which most rows of a batch share.
 */
final class SqlTime {
    private static final DateTimeFormatter SECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.").withZone(ZoneOffset.UTC);
    /** 9999-12-31 23:59:59.999, the last one that the column holds. */
    private static final long MILLIS_MAX = 253_402_300_799_999L;

    private long second = -1;
    private String prefix = "";

    String text(long millis) {
        long bounded = Math.max(0, Math.min(MILLIS_MAX, millis));
        if (bounded / 1000 != second) {
            second = bounded / 1000;
            prefix = SECONDS.format(Instant.ofEpochSecond(second));
        }
        int rest = (int) (bounded % 1000);
        return prefix + (char) ('0' + rest / 100) + (char) ('0' + rest / 10 % 10) + (char) ('0' + rest % 10);
    }
}

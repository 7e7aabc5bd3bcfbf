package dev.switchboard.benchmarks.proof.row.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GrowthTest {
    private static final long MIB = 1 << 20;
    private static final String NAME = "gateway 2";

    private final Growth growth = new Growth();

    @Test
    void seesASlowLeak() {
        for (int minute = 0; minute < 30; minute++) {
            add(1, minute, 30 * MIB + minute * 3L * MIB / 2);
        }
        assertEquals(1.5, slope(1), 0.01);
    }

    @Test
    void forgivesWhatOneFaultLeavesForAMinute() {
        for (int minute = 0; minute < 30; minute++) {
            add(1, minute, minute % 7 == 3 ? 90 * MIB : 30 * MIB);
        }
        assertEquals(0, slope(1), 0.01);
    }

    @Test
    void aProcessStartedAnewIsAnotherOne() {
        add(1, 0, 80 * MIB);
        add(2, 1, 30 * MIB);
        add(2, 2, 30 * MIB);

        assertEquals(0, slope(2), 0.01);
        assertEquals(2, growth.samples(NAME, 2));
        assertTrue(growth.slope(NAME, 1).isEmpty());
    }

    private void add(long pid, int minute, long bytes) {
        growth.add(NAME, pid, TimeUnit.MINUTES.toNanos(minute), bytes);
    }

    private double slope(long pid) {
        return growth.slope(NAME, pid).orElse(Double.NaN);
    }
}

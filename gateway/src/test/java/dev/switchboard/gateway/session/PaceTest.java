package dev.switchboard.gateway.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PaceTest {
    private long now = 1;
    private final Pace pace = new Pace(() -> now);

    private void pass(Duration time) {
        now += time.toNanos();
    }

    @Test
    void aSilentPeerIsNoticedWithin45Seconds() {
        pace.pinged();
        pace.heard();
        for (int ping = 0; ping < 2; ping++) {
            pass(Duration.ofSeconds(20));
            assertFalse(pace.silent());
            assertFalse(pace.pinged());
        }
        pass(Duration.ofMillis(1_500));
        assertFalse(pace.silent(), "the second heartbeat has its time");
        pass(Duration.ofSeconds(1));
        assertTrue(pace.silent());
        pace.heard();
        assertFalse(pace.silent());
    }

    @Test
    void countsHowLongAPeerHasTakenNoData() {
        assertEquals(0, pace.unwritable(false));
        now += 7;
        assertEquals(7, pace.unwritable(false));
        assertEquals(0, pace.unwritable(true));
        now += 7;
        assertEquals(0, pace.unwritable(false), "it counts from the beginning");
    }

    @Test
    void requestsHaveABurstAndARate() {
        for (int i = 0; i < 20; i++) {
            assertTrue(pace.request(false));
        }
        assertFalse(pace.request(false));
        pass(Duration.ofSeconds(1));
        int passed = 0;
        for (int i = 0; i < 20; i++) {
            passed += pace.request(false) ? 1 : 0;
        }
        assertEquals(5, passed);
        assertTrue(pace.ignoresRequestRate());
        pass(Duration.ofSeconds(1));
        assertTrue(pace.request(false));
        assertFalse(pace.ignoresRequestRate());
    }
}

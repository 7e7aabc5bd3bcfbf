package dev.switchboard.gateway.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LoopLagTest {
    private final long[] now = {5};
    private final LoopLag lag = new LoopLag(() -> now[0]);

    private void probeLate(Duration late) {
        lag.plan();
        now[0] += Duration.ofMillis(100).plus(late).toNanos();
        lag.probe();
    }

    @Test
    void aPauseIsNoOverload() {
        for (int i = 0; i < 20; i++) {
            probeLate(i % 9 == 0 ? Duration.ofSeconds(2) : Duration.ZERO);
        }
        assertEquals(Duration.ZERO, lag.lasting());
        assertEquals(Duration.ofSeconds(2), lag.worst());
    }

    @Test
    void whatIsLateEveryTimeIsOverloadedUntilItIsNot() {
        for (int i = 0; i < LoopLag.PROBES; i++) {
            assertEquals(Duration.ZERO, lag.lasting());
            probeLate(Duration.ofMillis(300 + i));
        }
        assertEquals(Duration.ofMillis(300), lag.lasting());
        assertEquals(Duration.ofMillis(309), lag.worst());
        probeLate(Duration.ZERO);
        assertEquals(Duration.ZERO, lag.lasting());
    }
}

package dev.switchboard.gateway.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("SEC18")
class ForgedTokensTest {
    private static final String ADDRESS = "192.0.2.7";

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
    private final List<String> reported = new ArrayList<>();
    private final ForgedTokens forged = new ForgedTokens(3, nanos::get, reported::add);

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            forged.failed(ADDRESS);
        }
    }

    @Test
    void oneTooManyWithinAMinuteIsAMinute() {
        fail(2);
        assertEquals(Duration.ZERO, forged.refusedFor(ADDRESS));
        pass(Duration.ofSeconds(50));
        fail(1);
        assertEquals(Duration.ofMinutes(1), forged.refusedFor(ADDRESS));
        assertEquals(Duration.ZERO, forged.refusedFor("192.0.2.8"));
        pass(Duration.ofSeconds(59));
        assertEquals(Duration.ofSeconds(1), forged.refusedFor(ADDRESS));
        pass(Duration.ofSeconds(1));
        assertEquals(Duration.ZERO, forged.refusedFor(ADDRESS));
        fail(1);
        assertEquals(Duration.ZERO, forged.refusedFor(ADDRESS), "counted anew");
        assertEquals(List.of(ADDRESS, ADDRESS, ADDRESS, ADDRESS), reported);
    }

    @Test
    void fewerInAMinuteAreNone() {
        for (int i = 0; i < 10; i++) {
            fail(2);
            pass(Duration.ofMinutes(1));
        }
        assertEquals(Duration.ZERO, forged.refusedFor(ADDRESS));
    }

    @Test
    void anotherGatewaysWordCounts() {
        forged.refuse(ADDRESS);
        assertEquals(Duration.ofMinutes(1), forged.refusedFor(ADDRESS));
        assertTrue(reported.isEmpty());
    }

    @Test
    void anUnknownAddressIsNobody() {
        for (int i = 0; i < 5; i++) {
            forged.failed("");
        }
        assertEquals(Duration.ZERO, forged.refusedFor(""));
        assertTrue(reported.isEmpty());
    }

    @Test
    void theAddressHeardOfLongestAgoIsForgotten() {
        forged.refuse("first");
        forged.refuse(ADDRESS);
        for (int i = 0; i < ForgedTokens.ADDRESSES_MAX - 1; i++) {
            forged.failed("other" + i);
        }
        assertEquals(Duration.ZERO, forged.refusedFor("first"));
        assertEquals(Duration.ofMinutes(1), forged.refusedFor(ADDRESS));
    }
}

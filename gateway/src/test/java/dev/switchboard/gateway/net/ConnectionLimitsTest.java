package dev.switchboard.gateway.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.LogCapture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is counted before and at a handshake, and under which name. */
class ConnectionLimitsTest {
    @Test
    @Tag("SEC19")
    void connectionsBeforeTheirHandshakeAreBounded() {
        ConnectionLimits limits = new ConnectionLimits(new Places(3, Places.BEFORE_HANDSHAKE_MAX), 3, 3, () -> 0);
        for (int i = 0; i < 3 + Places.BEFORE_HANDSHAKE_MAX; i++) {
            assertTrue(limits.accept());
        }
        assertFalse(limits.accept());
        limits.gone();
        assertTrue(limits.accept());
    }

    /** Also across the turn of a second: half a limit late in one, half early in the next. */
    @Test
    @Tag("SEC19")
    void noSecondHasMoreHandshakesThanItMay() {
        long[] now = {0};
        ConnectionLimits limits = new ConnectionLimits(new Places(10_000, 10_000), 10_000, 100, () -> now[0]);
        Deque<Long> admitted = new ArrayDeque<>();
        Random random = new Random(7);
        int most = 0;
        for (int i = 0; i < 20_000; i++) {
            now[0] += random.nextInt(2_000_000);
            if (limits.enter("") == ConnectionLimits.Admission.ADMITTED) {
                limits.leave("");
                admitted.add(now[0]);
            }
            while (!admitted.isEmpty() && now[0] - admitted.getFirst() >= 1_000_000_000L) {
                admitted.removeFirst();
            }
            most = Math.max(most, admitted.size());
        }
        assertEquals(100, most);
    }

    @Test
    void aClientOfIpv6IsItsNetwork() throws UnknownHostException {
        assertEquals(address("2001:db8:1:2::1"), address("2001:db8:1:2:ffff::9"));
        assertFalse(address("2001:db8:1:2::1").equals(address("2001:db8:1:3::1")));
        assertEquals("192.0.2.7", address("192.0.2.7"));
        assertEquals("192.0.2.7", address("::ffff:192.0.2.7"), "an IPv4 client by another name");
    }

    private static String address(String literal) throws UnknownHostException {
        return ClientAddress.direct().of(new InetSocketAddress(InetAddress.getByName(literal), 1), List.of());
    }

    @Test
    void refusalsAreLoggedOnceASecondForEachReason() {
        long[] now = {0};
        RefusalLog refusals = new RefusalLog(() -> now[0]);
        try (LogCapture logged = new LogCapture()) {
            for (int i = 0; i < 5; i++) {
                refusals.refused("id" + i, new HttpAnswers.Refused("key", 400, "x"));
            }
            refusals.refused("other", new HttpAnswers.Refused("method", 405, "x"));
            now[0] = 1_000_000_000L;
            refusals.refused("late", new HttpAnswers.Refused("key", 400, "x"));
            assertEquals(3, logged.lines().size());
            assertTrue(logged.lines().get(0).contains("request=id0 status=400 result=key left_out=0"));
            assertTrue(logged.lines().get(2).contains("request=late status=400 result=key left_out=4"));
        }
    }
}

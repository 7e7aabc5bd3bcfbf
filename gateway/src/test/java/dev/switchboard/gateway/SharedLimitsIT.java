package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.TestSocket.Answer;
import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.servers.Await;
import dev.switchboard.wire.Keys;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What two gateways count together: messages and requests of a user, forged tokens of an address. */
@ExtendWith(LeakCheck.class)
class SharedLimitsIT {
    private static final String FORGED =
            TokenMint.hs256("another secret, of which nobody knows", "{\"user\":\"ana\",\"exp\":4000000000}");

    private GatewayRig rig;
    private Gateway a;
    private Gateway b;

    @BeforeEach
    void start() throws IOException {
        rig = new GatewayRig();
        Map<String, String> variables = Map.of(
                "AUTH_FAILURES_PER_MINUTE_MAX", "10",
                "RATE_USER_BURST", "6",
                "RATE_USER_PER_MINUTE", "1",
                "HTTP_RATE_USER_BURST", "6",
                "HTTP_RATE_USER_PER_MINUTE", "1");
        a = rig.gateway(variables);
        b = rig.gateway(variables);
    }

    @AfterEach
    void stop() {
        rig.redis().resume();
        rig.close();
    }

    private static Answer shake(Gateway gateway, String token) throws IOException {
        List<String> lines = TestSocket.handshakeLines("switchboard.v1");
        lines.add("Authorization: Bearer " + token);
        return TestSocket.ask(gateway.port(), lines);
    }

    private static Answer session(Gateway gateway, String token) throws IOException {
        return TestSocket.ask(
                gateway.port(), List.of("GET /api/v1/session HTTP/1.1", "Host: a", "Authorization: Bearer " + token));
    }

    private static void assertRefusedForAMinute(Answer answer) {
        assertEquals(429, answer.status(), answer.body());
        int seconds = Integer.parseInt(answer.header("Retry-After").orElse("0"));
        assertTrue(seconds > 50 && seconds <= 60, answer.head());
    }

    @Test
    @Tag("SEC18")
    void forgedTokensAreCountedByAddressOverBothGateways() throws IOException {
        try (TestSocket ana = GatewayRig.user(a, "ana")) {
            for (int i = 0; i < 5; i++) {
                assertEquals(401, shake(a, FORGED).status());
                assertEquals(401, session(b, FORGED).status());
            }
            for (Gateway gateway : List.of(a, b)) {
                assertTrue(Await.until(
                        TestSocket.PATIENCE, () -> Metrics.handshakes(gateway, "forged") > 0 || refused(gateway)));
                assertRefusedForAMinute(shake(gateway, FORGED));
                assertRefusedForAMinute(session(gateway, FORGED));
                assertRefusedForAMinute(shake(gateway, GatewayRig.token("ana")));
            }
            ana.send(TestSocket.say("what is open stays open"));
            ana.await(FrameCase.ACCEPTED);
            // What was verified is what was refused with 401: nothing after the tenth.
            assertEquals(10, Metrics.value(a, "auth_failures_total") + Metrics.value(b, "auth_failures_total"));
        }
    }

    private static boolean refused(Gateway gateway) {
        try {
            return shake(gateway, GatewayRig.token("ana")).status() == 429;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @Tag("SEC18")
    void withoutRedisAGatewayCountsForItself() throws IOException {
        rig.redis().pause();
        for (int i = 0; i < 10; i++) {
            assertEquals(401, session(a, FORGED).status());
        }
        assertRefusedForAMinute(session(a, FORGED));
        assertEquals(401, session(b, FORGED).status());
    }

    @Test
    @Tag("SEC18")
    void whatWasGoodOnceOrIsNoTokenIsNotHeldAgainstAnAddress() throws IOException {
        String expired = TokenMint.token("ana", Role.USER, Instant.now().minusSeconds(90));
        for (int i = 0; i < 12; i++) {
            assertEquals(401, session(a, expired).status());
            assertEquals(
                    401,
                    TestSocket.ask(a.port(), List.of("GET /api/v1/session HTTP/1.1", "Host: a"))
                            .status());
        }
        assertEquals(200, session(a, GatewayRig.token("ana")).status());
    }

    @Test
    @Tag("SEC18")
    void requestsOfAUserAreCountedOverBothGateways() throws IOException {
        String token = GatewayRig.token("ana");
        List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            statuses.add(session(a, token).status());
            statuses.add(session(b, token).status());
        }
        assertEquals(List.of(200, 200, 200, 200, 200, 200, 429, 429), statuses);
        int seconds = Integer.parseInt(session(a, token).header("Retry-After").orElse("0"));
        assertTrue(seconds > 30 && seconds <= 60, () -> seconds + " s");
        assertEquals(200, session(b, GatewayRig.token("bob")).status());
        assertEquals(200, session(b, GatewayRig.adminToken("ana")).status(), "another role has another allowance");
        rig.withRedis(redis -> assertTrue(redis.sync().pttl(Keys.asked("ana", false)) <= 6 * 60_000L));
    }

    @Test
    @Tag("SEC18")
    void messagesOfAUserAreCountedOverBothGateways() throws IOException {
        try (TestSocket here = GatewayRig.user(a, "ana");
                TestSocket elsewhere = GatewayRig.user(b, "ana")) {
            for (int i = 0; i < 3; i++) {
                for (TestSocket socket : List.of(here, elsewhere)) {
                    socket.send(TestSocket.say("message " + i));
                    socket.await(FrameCase.ACCEPTED);
                }
            }
            for (TestSocket socket : List.of(here, elsewhere)) {
                socket.send(TestSocket.say("one too many"));
                ServerFrame refused = socket.await(FrameCase.REFUSED);
                assertEquals(RefusalCode.RATE_LIMITED, refused.getRefused().getCode());
                assertTrue(refused.getRefused().getRetryAfterMs() > 30_000);
            }
        }
    }
}

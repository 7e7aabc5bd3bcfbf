package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Ping;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.servers.Await;
import dev.switchboard.wire.Keys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Nobody can tell what was revoked: administrators are kept out soon, users after a while, and all come back by themselves. */
@ExtendWith(LeakCheck.class)
class RevocationOutageIT {
    private static final int ADMIN_SECONDS = 2;
    private static final int USER_SECONDS = 12;
    private static final int GOOD = 400;

    private GatewayRig rig;
    private Gateway gateway;
    private final String user = token("ana", "user");
    private final String admin = token("sofia", "admin");

    @BeforeEach
    void start() throws IOException {
        rig = new GatewayRig();
        gateway = rig.gateway(Map.of(
                "REVOCATION_AGE_ADMIN_MAX",
                ADMIN_SECONDS + "s",
                "REVOCATION_AGE_USER_MAX",
                USER_SECONDS + "s",
                "REVOCATION_POLL",
                "500ms",
                "REDIS_TIMEOUT",
                "500ms"));
    }

    @AfterEach
    void stop() {
        rig.redis().resume();
        rig.close();
    }

    private static String token(String user, String role) {
        return RevocationIT.token(user, role, user + "-1", Instant.now().minusSeconds(60));
    }

    /** What needs a good token and nothing of Redis: a good one hears that the query makes no sense. */
    private TestSocket.Answer ask(String token) {
        try {
            return TestSocket.ask(
                    gateway.port(),
                    List.of("GET /api/v1/session?x=1 HTTP/1.1", "Host: a", "Authorization: Bearer " + token));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double secondsUntil(BooleanSupplier condition) {
        long start = System.nanoTime();
        assertTrue(Await.until(TestSocket.PATIENCE.multipliedBy(3), condition));
        return (System.nanoTime() - start) / 1e9;
    }

    private static boolean isClosed(TestSocket socket) {
        return socket.received().stream().anyMatch(frame -> frame.opcode() == 8);
    }

    private static void assertAlive(TestSocket socket) throws IOException {
        socket.send(ClientFrame.newBuilder().setPing(Ping.getDefaultInstance()).build());
        socket.await(FrameCase.PONG);
    }

    @Test
    @Tag("SEC13")
    void withoutRedisAdministratorsGoSoonAndUsersMayStay() throws IOException {
        try (TestSocket ana = RevocationIT.open(gateway, user);
                TestSocket sofia = RevocationIT.open(gateway, admin)) {
            rig.redis().pause();
            double refused = secondsUntil(() -> ask(admin).status() == 503);
            assertTrue(refused < ADMIN_SECONDS + 4, () -> "refused after " + refused + " s");
            assertTrue(ask(admin).header("Retry-After").isPresent());
            assertEquals(GOOD, ask(user).status());
            double closed = refused + secondsUntil(() -> isClosed(sofia));
            assertTrue(closed > 2 * ADMIN_SECONDS && closed < 3 * ADMIN_SECONDS + 4, () -> closed + " s");
            assertEquals(1013, sofia.closeCode(), "to come back, not to sign in anew");
            assertEquals(503, RevocationIT.shake(gateway, admin));
            assertEquals(GOOD, ask(user).status());

            double usersRefused = closed + secondsUntil(() -> ask(user).status() == 503);
            assertTrue(usersRefused > USER_SECONDS - 2 && usersRefused < USER_SECONDS + 4, () -> usersRefused + " s");
            assertAlive(ana);

            rig.redis().resume();
            assertTrue(Await.until(TestSocket.PATIENCE, () -> ask(user).status() == GOOD));
            assertEquals(GOOD, ask(admin).status());
            assertTrue(Await.until(TestSocket.PATIENCE, () -> RevocationIT.shake(gateway, admin) == 101));
            assertAlive(ana);
            assertFalse(isClosed(ana));
        }
    }

    /** Messages would go on, so that nobody may stay for ever. */
    @Test
    @Tag("SEC13")
    void whereRedisAnswersAllButThisUsersGoTooAfterAWhile() throws IOException {
        try (TestSocket ana = RevocationIT.open(gateway, user)) {
            rig.withRedis(redis -> redis.sync().set(Keys.REVOKED, "no sorted set"));
            assertTrue(Await.until(TestSocket.PATIENCE, () -> ask(admin).status() == 503));
            ana.send(TestSocket.say("goes on"));
            ana.await(FrameCase.ACCEPTED);
            double closed = secondsUntil(() -> isClosed(ana));
            assertTrue(closed < USER_SECONDS + 4, () -> closed + " s");
            assertEquals(1013, ana.closeCode());
            assertTrue(gateway.notReady().contains("what was revoked has not been read from Redis"));
            rig.withRedis(redis -> redis.sync().del(Keys.REVOKED));
            assertTrue(Await.until(TestSocket.PATIENCE, () -> RevocationIT.shake(gateway, user) == 101));
        }
    }
}

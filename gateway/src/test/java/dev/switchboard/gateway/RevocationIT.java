package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.TestSocket.Answer;
import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Reauth;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.servers.Await;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Script;
import io.lettuce.core.ScriptOutputType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What was revoked is refused by both gateways, and what it had opened is closed on both: soon, whoever hears of it or not. */
class RevocationIT extends BetweenTwoGateways {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration UNHEARD = Duration.ofSeconds(15);

    /** A token with an id and a time of issue, as a platform makes them. */
    static String token(String user, String role, String id, Instant issuedAt) {
        return TokenMint.hs256(
                TokenMint.SECRET,
                "{\"user\":\"%s\",\"rol\":\"%s\",\"jti\":\"%s\",\"iat\":%d,\"exp\":%d}"
                        .formatted(
                                user,
                                role,
                                id,
                                issuedAt.getEpochSecond(),
                                Instant.now().plusSeconds(3_600).getEpochSecond()));
    }

    private static String token(String user, String id) {
        return token(user, "user", id, Instant.now().minusSeconds(60));
    }

    static TestSocket open(Gateway gateway, String token) throws IOException {
        TestSocket socket = TestSocket.open(gateway.port(), token, "switchboard.v1");
        socket.await(FrameCase.WELCOME);
        return socket;
    }

    private static Answer post(Gateway gateway, String path, String token, String body) throws IOException {
        List<String> lines = List.of(
                "POST " + path + " HTTP/1.1",
                "Host: a",
                "Content-Type: application/json",
                "Authorization: Bearer " + token,
                "Content-Length: " + body.length());
        try (TestSocket client = TestSocket.connect(gateway.port())) {
            client.send((String.join("\r\n", lines) + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII));
            return client.readAnswer();
        }
    }

    private static void revoke(Gateway gateway, String what) throws IOException {
        Answer answer = post(
                gateway, "/api/v1/revocations", GatewayRig.adminToken("root"), "{" + what + ",\"reason\":\"test\"}");
        assertEquals(204, answer.status(), answer.body());
    }

    static int shake(Gateway gateway, String token) {
        try {
            List<String> lines = TestSocket.handshakeLines("switchboard.v1");
            lines.add("Authorization: Bearer " + token);
            return TestSocket.ask(gateway.port(), lines).status();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Refused on the one at once, on the others soon, at the handshake and over HTTP, with the words of any bad token. */
    private static void assertRefused(String token, Gateway... gateways) throws IOException {
        for (Gateway gateway : gateways) {
            assertTrue(Await.until(SOON, () -> shake(gateway, token) == 401));
            Answer session = TestSocket.ask(
                    gateway.port(),
                    List.of("GET /api/v1/session HTTP/1.1", "Host: a", "Authorization: Bearer " + token));
            assertEquals(401, session.status());
            assertTrue(session.body().contains("Token inválido"), session.body());
        }
    }

    private static void assertClosed(Duration within, int code, TestSocket... sockets) {
        long start = System.nanoTime();
        for (TestSocket socket : sockets) {
            assertTrue(Await.until(within, () -> socket.received().stream().anyMatch(frame -> frame.opcode() == 8)));
            assertEquals(code, socket.closeCode());
        }
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        assertTrue(took.compareTo(within) <= 0, took::toString);
    }

    private static void assertOpen(TestSocket... sockets) throws IOException {
        for (TestSocket socket : sockets) {
            socket.send(TestSocket.say("still here"));
            socket.await(FrameCase.ACCEPTED);
        }
    }

    @Test
    @Tag("J13")
    void aRevokedIdIsRefusedAndItsConnectionsClose() throws IOException {
        String token = token("ana", "session-1");
        String other = token("ana", "session-2");
        try (TestSocket here = open(a, token);
                TestSocket elsewhere = open(b, token);
                TestSocket otherDevice = open(b, other)) {
            revoke(a, "\"jti\":\"session-1\"");
            assertEquals(401, shake(a, token), "the gateway that was told goes by it at once");
            assertClosed(SOON, 4003, here, elsewhere);
            assertRefused(token, a, b);
            assertOpen(otherDevice);
            assertEquals(101, shake(a, other));
            otherDevice.send(ClientFrame.newBuilder()
                    .setReauth(Reauth.newBuilder().setToken(token))
                    .build());
            assertEquals(
                    RefusalCode.FORBIDDEN,
                    otherDevice.await(FrameCase.REFUSED).getRefused().getCode());
        }
    }

    @Test
    @Tag("J13")
    void aTokenThatWasSignedOutIsNoGoodInAnyForm() throws IOException {
        String token = GatewayRig.token("bea");
        // The last character of a signature of 32 bytes has two bits that say nothing.
        char last = token.charAt(token.length() - 1);
        String same = token.substring(0, token.length() - 1) + (char) (last + 1);
        assertEquals(101, shake(b, token));
        try (TestSocket here = open(b, token)) {
            assertEquals(204, post(a, "/api/v1/session/sign-out", token, "{}").status());
            assertClosed(SOON, 4003, here);
        }
        assertRefused(token, a, b);
        assertRefused(same, a, b);
        assertEquals(401, post(b, "/api/v1/session/sign-out", token, "{}").status());
    }

    @Test
    @Tag("SEC12")
    void whoIsBannedIsOutEverywhereUntilANewToken() throws IOException {
        String phone = token("carl", "c1");
        String withoutTime = GatewayRig.token("carl");
        try (TestSocket here = open(a, phone);
                TestSocket elsewhere = open(b, withoutTime);
                TestSocket other = open(b, token("dora", "d1"))) {
            revoke(b, "\"user\":\"carl\"");
            assertClosed(SOON, 4003, here, elsewhere);
            assertRefused(phone, a, b);
            assertRefused(withoutTime, a, b);
            assertOpen(other);
            // From the second after it; clocks may be half a minute apart.
            assertEquals(101, shake(a, token("carl", "user", "c2", Instant.now().plusSeconds(2))));
        }
    }

    @Test
    @Tag("SEC12")
    void whoHasAnotherRoleNowLosesTheOldOne() throws IOException {
        String old = token("erik", "admin", "e1", Instant.now().minusSeconds(60));
        try (TestSocket here = open(a, old);
                TestSocket elsewhere = open(b, old)) {
            revoke(a, "\"user\":\"erik\"");
            assertClosed(SOON, 4003, here, elsewhere);
        }
        assertRefused(old, a, b);
        assertEquals(401, post(b, "/api/v1/revocations", old, "{}").status());
        String now = token("erik", "user", "e2", Instant.now().plusSeconds(2));
        assertEquals(403, post(b, "/api/v1/revocations", now, "{}").status());
        try (TestSocket again = open(b, now)) {
            assertOpen(again);
        }
    }

    @Test
    @Tag("SEC12")
    void aGatewayThatHearsNothingLooks() throws IOException {
        try (TcpRelay relay = new TcpRelay(rig.redis().url())) {
            Gateway unheard = rig.gateway(Map.of("REDIS_URL", relay.url()));
            String token = token("fay", "f1");
            String signedOut = token("gus", "g1");
            try (TestSocket fay = open(unheard, token);
                    TestSocket gus = open(unheard, signedOut)) {
                relay.deafen();
                revoke(b, "\"user\":\"fay\"");
                assertEquals(
                        204,
                        post(a, "/api/v1/session/sign-out", signedOut, "{}").status());
                assertClosed(UNHEARD, 4003, fay, gus);
            }
            unheard.close();
        }
    }

    @Test
    @Tag("SEC12")
    void aGatewayThatWasCutOffLearnsItWhenItIsBack() throws IOException {
        try (TcpRelay relay = new TcpRelay(rig.redis().url())) {
            Gateway cutOff = rig.gateway(Map.of("REDIS_URL", relay.url()));
            String token = token("hal", "h1");
            try (TestSocket hal = open(cutOff, token);
                    TestSocket other = open(cutOff, token("ida", "i1"))) {
                relay.cut();
                assertTrue(Await.until(
                        TestSocket.PATIENCE, () -> !cutOff.notReady().isEmpty()));
                assertEquals(
                        204, post(a, "/api/v1/session/sign-out", token, "{}").status());
                relay.heal();
                assertClosed(UNHEARD, 4003, hal);
                assertTrue(
                        Await.until(TestSocket.PATIENCE, () -> cutOff.notReady().isEmpty()));
                assertEquals(401, shake(cutOff, token));
                assertOpen(other);
            }
            cutOff.close();
        }
    }

    @Test
    @Tag("SEC12")
    void aConnectionThatWasExtendedEndsWithItsNewerToken() throws IOException {
        try (TestSocket ina = TestSocket.open(b.port(), token("ina", "old"), "switchboard.v1")) {
            ByteBuffer id =
                    ina.await(FrameCase.WELCOME).getWelcome().getConnection().asReadOnlyByteBuffer();
            String body = "{\"connection\":\"%016x\"}".formatted(id.getLong());
            assertEquals(
                    200,
                    post(a, "/api/v1/session/extend", token("ina", "newer"), body)
                            .status());
            revoke(a, "\"jti\":\"newer\"");
            assertClosed(SOON, 4003, ina);
        }
    }

    @Test
    @Tag("SEC12")
    void aGatewayThatStartsLaterKnowsAllOfIt() throws IOException {
        try (GatewayRig many = new GatewayRig()) {
            many.withRedis(connection -> {
                String[] keys = {Keys.REVOCATION, Keys.REVOKED, Keys.REVOKED_UNTIL};
                for (int i = 0; i < 2_500; i++) {
                    connection
                            .sync()
                            .eval(
                                    Script.REVOKE.source(),
                                    ScriptOutputType.VALUE,
                                    keys,
                                    "u",
                                    "user" + i,
                                    "3600000",
                                    "100000",
                                    Keys.ACCESS_ROOM);
                }
            });
            Gateway late = many.gateway();
            for (String user : List.of("user0", "user1000", "user2499")) {
                assertEquals(401, shake(late, token(user, "x")));
            }
            assertEquals(101, shake(late, token("user2500", "x")));
            assertEquals(2_500, Metrics.value(late, "revocations"));
        }
    }

    @Test
    @Tag("SEC12")
    void whatRedisLostIsStillGoneByAndWhatFollowsIsRead() throws IOException {
        try (GatewayRig wiped = new GatewayRig()) {
            Gateway gateway = wiped.gateway();
            for (String user : List.of("jo", "ken", "lou")) {
                revoke(gateway, "\"user\":\"" + user + "\"");
            }
            wiped.withRedis(connection -> connection.sync().del(Keys.REVOCATION, Keys.REVOKED, Keys.REVOKED_UNTIL));
            Gateway other = wiped.gateway();
            revoke(other, "\"user\":\"max\"");
            assertRefused(token("max", "m"), gateway);
            assertRefused(token("jo", "j"), gateway);
        }
    }

    @Test
    @Tag("SEC12")
    void anOperatorRevokesWithoutAGateway() throws IOException, InterruptedException {
        String token = token("pam", "p1");
        String other = token("quin", "q1");
        try (TestSocket pam = open(a, token);
                TestSocket quin = open(b, other)) {
            assertEquals("0 Revoked.", command("revoke", "user", "pam"));
            assertEquals("0 Revoked.", command("revoke", "jti", "q1"));
            assertClosed(SOON, 4003, pam, quin);
        }
        for (List<String> wrong : List.of(
                List.of("revoke"),
                List.of("revoke", "user"),
                List.of("revoke", "user", "admins"),
                List.of("revoke", "jti", ""),
                List.of("revoke", "all", "x"))) {
            assertTrue(command(wrong.toArray(String[]::new)).startsWith("2 Say who or what"), wrong::toString);
        }
    }

    private String command(String... arguments) throws InterruptedException {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream print = new PrintStream(said, true, StandardCharsets.UTF_8);
        int status = GatewayMain.run(
                arguments, Map.of("SWITCHBOARD_REDIS_URL", rig.redis().url()), print, print);
        return status + " " + said.toString(StandardCharsets.UTF_8).strip();
    }

    @Test
    void beyondTheBoundNothingIsRevokedAndThatIsTold() throws IOException {
        try (GatewayRig small = new GatewayRig()) {
            Gateway gateway = small.gateway(Map.of("REVOCATIONS_MAX", "10"));
            for (int i = 0; i < 10; i++) {
                revoke(
                        gateway,
                        "\"jti\":\"%d\",\"expiresAt\":%d"
                                .formatted(i, Instant.now().plusSeconds(60).toEpochMilli()));
            }
            Answer answer = post(
                    gateway,
                    "/api/v1/revocations",
                    GatewayRig.adminToken("root"),
                    "{\"user\":\"nia\",\"reason\":\"ban\"}");
            assertEquals(503, answer.status());
            assertTrue(answer.header("Retry-After").isPresent());
            assertEquals(101, shake(gateway, token("nia", "n")));
            // The same again is no other one.
            revoke(gateway, "\"jti\":\"1\"");
        }
    }

    @Test
    void ordersThatMakeNoSenseAreRefusedAndGivenOnesAudited() throws IOException {
        for (String body : List.of(
                "{}",
                "{\"user\":\"ana\"}",
                "{\"reason\":\"x\"}",
                "{\"user\":\"ana\",\"jti\":\"1\",\"reason\":\"x\"}",
                "{\"user\":\"ana\",\"expiresAt\":1,\"reason\":\"x\"}",
                "{\"user\":\"admins\",\"reason\":\"x\"}",
                "{\"user\":7,\"reason\":\"x\"}",
                "{\"user\":[\"ana\"],\"reason\":\"x\"}",
                "{\"jti\":\"\",\"reason\":\"x\"}",
                "{\"jti\":\"1\",\"expiresAt\":\"1\",\"reason\":\"x\"}",
                "{\"jti\":\"1\",\"expiresAt\":1e300,\"reason\":\"x\"}",
                "{\"user\":\"ana\",\"reason\":\"line\\nbreak\"}",
                "{\"user\":\"ana\",\"until\":1,\"reason\":\"x\"}")) {
            Answer answer = post(a, "/api/v1/revocations", GatewayRig.adminToken("root"), body);
            assertEquals(400, answer.status(), body);
        }
        try (LogCapture logged = new LogCapture()) {
            revoke(a, "\"user\":\"olga\"");
            assertEquals(
                    1,
                    logged.count(line -> line.contains("revoked by=root kind=u subject=olga reason=test")
                            && line.contains("done=true")));
        }
    }
}

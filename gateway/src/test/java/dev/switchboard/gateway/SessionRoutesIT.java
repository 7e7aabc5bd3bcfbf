package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.switchboard.gateway.TestSocket.Answer;
import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Reauth;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.servers.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who am I, a longer life for an open connection, and the end of it: through whichever gateway is asked. */
class SessionRoutesIT extends BetweenTwoGateways {
    private static Answer post(Gateway gateway, String route, String token, String body) throws IOException {
        List<String> lines = List.of(
                "POST /api/v1/session/" + route + " HTTP/1.1",
                "Host: a",
                "Content-Type: application/json",
                "Authorization: Bearer " + token,
                "Content-Length: " + body.length());
        try (TestSocket client = TestSocket.connect(gateway.port())) {
            client.send((String.join("\r\n", lines) + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII));
            return client.readAnswer();
        }
    }

    private static Answer extend(Gateway gateway, String token, String connection) throws IOException {
        return post(gateway, "extend", token, "{\"connection\":\"" + connection + "\"}");
    }

    private static CompletableFuture<Integer> status(Gateway gateway, String token, String connection) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return extend(gateway, token, connection).status();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static JsonObject json(Answer answer) {
        return JsonParser.parseString(answer.body()).getAsJsonObject();
    }

    private static String token(String user, Duration life) {
        return TokenMint.token(user, Role.USER, Instant.now().plus(life));
    }

    /** An open connection and the id that its Welcome told. */
    private record Open(TestSocket socket, String id) implements AutoCloseable {
        static Open at(Gateway gateway, String token) throws IOException {
            TestSocket socket = TestSocket.open(gateway.port(), token, "switchboard.v1");
            ByteBuffer id =
                    socket.await(FrameCase.WELCOME).getWelcome().getConnection().asReadOnlyByteBuffer();
            return new Open(socket, String.format("%016x", id.getLong()));
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void tellsWhoIAmAndWhereIStand() throws IOException {
        try (TestSocket client = GatewayRig.user(a, "ana")) {
            client.send(TestSocket.say("hola"));
            ServerFrame accepted = client.await(FrameCase.ACCEPTED);
            Answer answer = TestSocket.ask(
                    b.port(),
                    List.of(
                            "GET /api/v1/session HTTP/1.1",
                            "Host: a",
                            "Cookie: theme=dark; token=" + GatewayRig.token("ana")));
            assertEquals(200, answer.status());
            JsonObject session = json(answer);
            assertEquals("ana", session.get("user").getAsString());
            assertEquals("ana", session.get("name").getAsString());
            assertEquals("USER", session.get("role").getAsString());
            long now = System.currentTimeMillis();
            assertTrue(Math.abs(session.get("serverTime").getAsLong() - now) < 60_000);
            assertTrue(session.get("expiresAt").getAsLong() > now);
            assertEquals(
                    4_000,
                    session.getAsJsonObject("limits").get("textCodePointsMax").getAsInt());
            assertEquals(1, session.getAsJsonArray("heads").size());
            JsonObject head = session.getAsJsonArray("heads").get(0).getAsJsonObject();
            assertEquals(accepted.getAccepted().getSeq(), head.get("seq").getAsInt());
            assertEquals(accepted.getAccepted().getEpoch(), head.get("epoch").getAsInt());
            assertEquals(36, head.get("conversation").getAsString().length());
            assertEquals(0, head.get("unread").getAsInt());
        }
    }

    /** A browser's WebSocket tells a refusal and a broken network alike. */
    @Test
    @Tag("T22")
    void tellsWhatAHandshakeDoesNotTellABrowser() throws IOException {
        List<String> strangers = List.of(
                "theme=dark",
                "token=nonsense",
                "token=" + TokenMint.token("ana", Role.USER, Instant.now().minusSeconds(60)));
        for (String cookie : strangers) {
            assertEquals(401, handshake(a, cookie).status(), cookie);
            assertEquals(401, session(a, cookie).status(), cookie);
        }
        String ana = "token=" + GatewayRig.token("ana");
        rig.redis().pause();
        try {
            assertTrue(Await.until(TestSocket.PATIENCE, () -> !a.notReady().isEmpty()));
            assertEquals(503, handshake(a, ana).status());
            Answer answer = session(a, ana);
            assertEquals(503, answer.status(), "neither signed in nor signed out");
            assertTrue(answer.header("Retry-After").isPresent());
            assertEquals(401, session(a, "token=nonsense").status(), "whatever is away");
        } finally {
            rig.redis().resume();
        }
        assertTrue(Await.until(TestSocket.PATIENCE, () -> a.notReady().isEmpty()));
        assertEquals(101, handshake(a, ana).status());
        assertEquals(200, session(a, ana).status());
    }

    private static Answer handshake(Gateway gateway, String cookie) throws IOException {
        List<String> lines = TestSocket.handshakeLines("switchboard.v1");
        lines.addAll(List.of("Origin: " + GatewayRig.ORIGIN, "Cookie: " + cookie));
        return TestSocket.ask(gateway.port(), lines);
    }

    private static Answer session(Gateway gateway, String cookie) throws IOException {
        return TestSocket.ask(gateway.port(), List.of("GET /api/v1/session HTTP/1.1", "Host: a", "Cookie: " + cookie));
    }

    @Test
    void aConnectionLivesAsLongAsTheNewerToken() throws IOException {
        // The leeway is 30 s, so the old token is good for some three seconds more.
        String old = token("ana", Duration.ofSeconds(-27));
        try (Open here = Open.at(a, old);
                Open elsewhere = Open.at(a, old);
                Open left = Open.at(a, old)) {
            Instant expiry = Instant.now().plus(Duration.ofHours(2));
            String newer = TokenMint.token("ana", Role.USER, expiry);
            for (Answer answer : List.of(extend(a, newer, here.id()), extend(b, newer, elsewhere.id()))) {
                assertEquals(200, answer.status(), answer.body());
                assertEquals(
                        expiry.getEpochSecond(), json(answer).get("expiresAt").getAsLong() / 1_000);
            }
            assertEquals(4001, left.socket().closeCode());
            for (Open open : List.of(here, elsewhere)) {
                open.socket().send(TestSocket.say("still here"));
                open.socket().await(FrameCase.ACCEPTED);
                assertFalse(open.socket().ended());
            }
        }
    }

    @Test
    void aShorterTokenEndsNothingEarlier() throws IOException {
        Instant expiry = Instant.now().plus(Duration.ofHours(2));
        String longer = TokenMint.token("lena", Role.USER, expiry);
        // Within its leeway, but expired: a connection that took its expiry would end at once.
        String shorter = token("lena", Duration.ofSeconds(-26));
        try (Open here = Open.at(a, longer);
                Open elsewhere = Open.at(b, longer)) {
            for (Open open : List.of(here, elsewhere)) {
                Answer answer = extend(a, shorter, open.id());
                assertEquals(200, answer.status(), answer.body());
                assertEquals(
                        expiry.getEpochSecond(), json(answer).get("expiresAt").getAsLong() / 1_000);
                open.socket().send(TestSocket.say("still here"));
                open.socket().await(FrameCase.ACCEPTED);
            }
        }
    }

    @Test
    @Tag("SEC11")
    void nobodyExtendsWhatIsNotTheirs() throws IOException {
        try (Open ana = Open.at(a, token("ana", Duration.ofSeconds(-26)))) {
            List<String> others =
                    List.of(GatewayRig.token("bob"), GatewayRig.adminToken("ana"), GatewayRig.adminToken("eva"));
            // At once: each waits for an answer from another gateway.
            List<CompletableFuture<Integer>> statuses = Stream.of(a, b)
                    .flatMap(gateway -> Stream.concat(
                            others.stream().map(token -> status(gateway, token, ana.id())),
                            Stream.of(status(gateway, GatewayRig.token("ana"), "00000000000000ff"))))
                    .toList();
            statuses.forEach(status -> assertEquals(404, status.join()));
            assertEquals(
                    401,
                    extend(b, token("ana", Duration.ofMinutes(-1)), ana.id()).status());
            assertEquals(4001, ana.socket().closeCode());
            assertEquals(404, extend(a, GatewayRig.token("ana"), ana.id()).status());
        }
    }

    @Test
    void extendingSaysSoWhenOtherGatewaysCantBeAsked() throws IOException {
        try (GatewayRig lonely = new GatewayRig()) {
            Gateway gateway = lonely.gateway(Map.of("REDIS_TIMEOUT", "500ms"));
            lonely.redis().kill();
            Answer answer = extend(gateway, GatewayRig.token("ana"), "00000000000000ff");
            assertEquals(503, answer.status(), answer.body());
            assertTrue(answer.header("Retry-After").isPresent());
            assertEquals(
                    503,
                    post(gateway, "sign-out", GatewayRig.token("ana"), "{}").status());
        }
    }

    @Test
    void signOutEndsWhatThisTokenOpenedEverywhere() throws IOException {
        String token = token("carla", Duration.ofHours(1));
        String other = token("carla", Duration.ofHours(2));
        try (Open here = Open.at(a, token);
                Open elsewhere = Open.at(b, token);
                Open renewed = Open.at(b, other);
                Open extended = Open.at(b, other);
                Open otherDevice = Open.at(a, other);
                Open otherUser = Open.at(a, token("dario", Duration.ofHours(1)))) {
            renewed.socket()
                    .send(ClientFrame.newBuilder()
                            .setReauth(Reauth.newBuilder().setToken(token))
                            .build());
            renewed.socket().await(FrameCase.WELCOME);
            assertEquals(200, extend(a, token, extended.id()).status());
            Answer answer = post(a, "sign-out", token, "{}");
            assertEquals(204, answer.status());
            assertEquals(
                    "token=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
                    answer.header("Set-Cookie").orElse(""));
            for (Open open : List.of(here, elsewhere, renewed, extended)) {
                assertEquals(4003, open.socket().closeCode());
            }
            for (Open open : List.of(otherDevice, otherUser)) {
                open.socket().send(TestSocket.say("still here"));
                open.socket().await(FrameCase.ACCEPTED);
                assertTrue(
                        open.socket().received().stream().noneMatch(frame -> frame.opcode() == 8),
                        "nothing was closed");
            }
        }
    }

    @Test
    void notesBetweenGatewaysReachNoClient() throws IOException {
        try (Open ana = Open.at(a, token("elsa", Duration.ofHours(1)))) {
            int before = ana.socket().received().size();
            assertEquals(200, extend(b, GatewayRig.token("elsa"), ana.id()).status());
            assertEquals(
                    204,
                    post(b, "sign-out", token("elsa", Duration.ofHours(3)), "{}")
                            .status());
            ana.socket().send(TestSocket.say("hola"));
            ana.socket().await(FrameCase.ACCEPTED);
            assertTrue(ana.socket().received().size() <= before + 2, "the answer, and perhaps STORED");
            assertTrue(Await.until(Duration.ofSeconds(5), () -> Metrics.value(a, "http_under_way") == 0));
        }
    }
}

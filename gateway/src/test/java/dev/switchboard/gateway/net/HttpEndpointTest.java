package dev.switchboard.gateway.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.LeakCheck;
import dev.switchboard.gateway.LogCapture;
import dev.switchboard.gateway.TestSocket;
import dev.switchboard.gateway.TestSocket.Answer;
import dev.switchboard.gateway.api.http.Access;
import dev.switchboard.gateway.api.http.HttpReply;
import dev.switchboard.gateway.api.http.Routes;
import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.servers.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a caller hears of endpoints that fail, take too long or decline. */
@ExtendWith(LeakCheck.class)
class HttpEndpointTest {
    private HttpRig rig;

    @BeforeEach
    void start() throws IOException {
        rig = new HttpRig();
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    @Test
    @Tag("SEC35")
    void failuresAreToldByAnIdAndLoggedOnce() throws IOException {
        for (String path : List.of("/throws", "/fails")) {
            try (LogCapture logged = new LogCapture()) {
                Answer answer = rig.ask(path + "?token=secret", HttpRig.BEARER);
                assertEquals(500, answer.status());
                assertFalse(answer.body().contains("inner detail"), answer.body());
                String id = answer.header("X-Request-Id").orElse("none");
                assertTrue(answer.body().contains(id));
                assertEquals(1, logged.count(line -> line.startsWith("ERROR") && line.contains(id)));
                assertEquals(
                        0,
                        logged.count(line -> line.contains("secret") || line.contains(HttpRig.BEARER.substring(22))));
            }
        }
        assertEquals(404, rig.ask("/declines").status());
        assertEquals(2, rig.count("unexpected_errors_total{where=\"http\"}"));
    }

    @Test
    void whatTakesTooLongIsUnavailable() throws Exception {
        try (TestSocket client = rig.connect()) {
            Answer late = client.request(HttpRig.get("/held"));
            assertEquals(503, late.status());
            assertTrue(late.header("Retry-After").isPresent());
            // What comes after all is nobody's, and the connection goes on.
            rig.nextHeld().complete(HttpReply.empty(204));
            assertEquals(200, client.request(HttpRig.get("/now")).status());
        }
        assertTrue(Await.until(TestSocket.PATIENCE, () -> rig.service.underWay() == 0));
    }

    @Test
    void anAnswerIsUnderWayUntilItsLastByteHasLeft() throws Exception {
        rig.draining = true;
        try (TestSocket client = TestSocket.connectNarrow(rig.port())) {
            client.send((String.join("\r\n", HttpRig.get("/large")) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            // The rest waits: no buffer between here and there takes all of it.
            assertEquals('H', client.socket().getInputStream().read());
            assertEquals(1, rig.service.underWay());
            assertTrue(client.readToEnd() > HttpRig.LARGE_BYTES);
        }
        assertTrue(Await.until(TestSocket.PATIENCE, () -> rig.service.underWay() == 0));
    }

    @Test
    void whoLeavesWhileAnAnswerIsUnderWayIsForgotten() throws Exception {
        try (TestSocket client = TestSocket.connectNarrow(rig.port())) {
            client.send((String.join("\r\n", HttpRig.get("/large")) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            assertEquals('H', client.socket().getInputStream().read());
        }
        assertTrue(Await.until(TestSocket.PATIENCE, () -> rig.service.underWay() == 0));
    }

    @Test
    void whoLeavesWhileAskingIsForgotten() throws Exception {
        TestSocket client = rig.connect();
        client.send((String.join("\r\n", HttpRig.get("/held")) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        CompletableFuture<HttpReply> reply = rig.nextHeld();
        client.socket().setSoLinger(true, 0);
        client.close();
        reply.complete(HttpReply.empty(204));
        assertTrue(
                Await.until(TestSocket.PATIENCE, () -> rig.service.underWay() == 0 && rig.limits.connections() == 0));
    }

    @Test
    void aFullDatabaseQueueIsUnavailable() throws Exception {
        try (TestSocket first = rig.connect();
                TestSocket second = rig.connect()) {
            byte[] request =
                    (String.join("\r\n", HttpRig.get("/database")) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
            first.send(request);
            CompletableFuture<HttpReply> running = rig.nextHeld();
            second.send(request);
            assertTrue(Await.until(TestSocket.PATIENCE, () -> rig.count("database_queued") == 1));
            Answer refused = rig.ask("/database");
            assertEquals(503, refused.status());
            assertTrue(refused.header("Retry-After").isPresent());
            assertTrue(refused.body().contains("\"UNAVAILABLE\""));
            running.complete(HttpReply.empty(204));
            assertEquals(204, first.readAnswer().status());
            rig.nextHeld().complete(HttpReply.empty(204));
            assertEquals(204, second.readAnswer().status());
        }
    }

    @Test
    void aUserWhoAsksTooOftenWaits() throws IOException {
        try (TestSocket client = rig.connect()) {
            int limited = 0;
            for (int i = 0; i < 60 && limited == 0; i++) {
                Answer answer = client.request(HttpRig.get("/mine", HttpRig.BEARER));
                if (answer.status() == 429) {
                    assertEquals("1", answer.header("Retry-After").orElse(""));
                    limited = i;
                }
            }
            assertTrue(limited >= 50 && limited < 58, "after " + limited);
            // Others don't wait.
            String other = TokenMint.token("bob", Role.USER, Instant.now().plus(Duration.ofHours(1)));
            assertEquals(
                    200,
                    client.request(HttpRig.get("/mine", "Authorization: Bearer " + other))
                            .status());
        }
    }

    @Test
    void aRouteMayWordItsRefusals() throws IOException {
        for (String credentials : List.of("X-No: token", HttpRig.BEARER)) {
            Answer answer = rig.ask("/own-words", credentials);
            assertEquals(403, answer.status());
            assertEquals("{}", answer.body());
        }
    }

    @Test
    @Tag("SEC5")
    void nothingThatChangesCanBeOpen() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new Routes()
                        .post("/x", Access.OPEN, call -> CompletableFuture.completedFuture(HttpReply.empty(204))));
    }
}

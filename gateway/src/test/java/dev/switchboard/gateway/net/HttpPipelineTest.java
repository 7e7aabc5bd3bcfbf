package dev.switchboard.gateway.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.LeakCheck;
import dev.switchboard.gateway.TestSocket;
import dev.switchboard.gateway.TestSocket.Answer;
import dev.switchboard.gateway.api.http.HttpReply;
import dev.switchboard.servers.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Connections that speak HTTP, over real sockets: one request after the other, and when they end. */
@ExtendWith(LeakCheck.class)
class HttpPipelineTest {
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
    void aConnectionIsKeptForManyRequests() throws IOException {
        try (TestSocket client = rig.connect()) {
            for (int i = 0; i < 100; i++) {
                Answer answer = client.request(HttpRig.get(i % 2 == 0 ? "/now" : "/nothing"));
                assertEquals(i % 2 == 0 ? 200 : 404, answer.status());
                assertEquals("keep-alive", answer.header("Connection").orElse(""));
            }
            String body = "{\"a\":[1,2.5,true,null,{\"b\":\"ñ\"}]}";
            client.send(("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + HttpRig.BEARER
                            + "\r\nTransfer-Encoding: chunked\r\n\r\n" + "5\r\n" + body.substring(0, 5) + "\r\n"
                            + Integer.toHexString(body.getBytes(StandardCharsets.UTF_8).length - 5) + "\r\n"
                            + body.substring(5) + "\r\n0\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            assertEquals(body, client.readAnswer().body());
            assertEquals(
                    "close",
                    client.request(HttpRig.get("/now", "Connection: close"))
                            .header("Connection")
                            .orElse(""));
            assertEquals(0, client.readToEnd());
        }
        try (TestSocket old = rig.connect()) {
            assertEquals(
                    "close",
                    old.request(List.of("GET /now HTTP/1.0"))
                            .header("Connection")
                            .orElse(""));
        }
        assertEquals(50 + 2, rig.count("http_requests_total{route=\"/now\",status=\"200\"}"));
        assertEquals(50, rig.count("http_requests_total{route=\"none\",status=\"404\"}"));
    }

    @Test
    void requestsSentAheadWaitTheirTurn() throws Exception {
        try (TestSocket client = rig.connect()) {
            String held1 = String.join("\r\n", HttpRig.get("/held")) + "\r\n\r\n";
            String now = String.join("\r\n", HttpRig.get("/now")) + "\r\n\r\n";
            client.send((held1 + now.repeat(20) + held1).getBytes(StandardCharsets.US_ASCII));
            CompletableFuture<HttpReply> first = rig.nextHeld();
            assertEquals(1, rig.service.underWay());
            assertEquals(0, rig.calls.get());
            assertTrue(rig.held.isEmpty());
            first.complete(HttpReply.empty(204));
            assertEquals(204, client.readAnswer().status());
            for (int i = 0; i < 20; i++) {
                assertEquals(200, client.readAnswer().status());
            }
            rig.nextHeld().complete(HttpReply.empty(204));
            assertEquals(204, client.readAnswer().status());
            assertEquals(20, rig.calls.get());
        }
    }

    @Test
    void whoSendsAheadWithoutEndFillsOnlyTheirOwnBuffers() throws Exception {
        try (TestSocket client = rig.connect()) {
            client.send((String.join("\r\n", HttpRig.get("/held")) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            CompletableFuture<HttpReply> first = rig.nextHeld();
            byte[] many = (String.join("\r\n", HttpRig.get("/now")) + "\r\n\r\n")
                    .repeat(100_000)
                    .getBytes(StandardCharsets.US_ASCII);
            CountDownLatch sent = new CountDownLatch(1);
            Thread sender = new Thread(() -> {
                try {
                    // Some 3 MB at a time, until the kernel takes no more.
                    for (int i = 0; i < 30; i++) {
                        client.send(many);
                    }
                    sent.countDown();
                } catch (IOException e) {
                    // The test is over.
                }
            });
            sender.start();
            assertFalse(sent.await(500, TimeUnit.MILLISECONDS), "somebody keeps 90 MB of requests");
            assertEquals(0, rig.calls.get());
            first.complete(HttpReply.empty(204));
        }
    }

    @Test
    @Tag("SEC19")
    void anIdleConnectionEndsInSilence() throws IOException {
        try (TestSocket client = rig.connect()) {
            assertEquals(200, client.request(HttpRig.get("/now")).status());
            long start = System.nanoTime();
            assertEquals(0, client.readToEnd());
            long millis = (System.nanoTime() - start) / 1_000_000;
            assertTrue(millis > 300 && millis < 2_000, "after " + millis + " ms");
        }
    }

    @Test
    @Tag("H11")
    void aLaterRequestThatTakesTooLongIsEnded() throws IOException {
        try (TestSocket client = rig.connect()) {
            assertEquals(200, client.request(HttpRig.get("/now")).status());
            long start = System.nanoTime();
            client.send("GET /now HT".getBytes(StandardCharsets.US_ASCII));
            assertEquals(408, client.readAnswer().status());
            long millis = (System.nanoTime() - start) / 1_000_000;
            assertTrue(millis > 1_800 && millis < 4_000, "after " + millis + " ms");
            assertEquals(0, client.readToEnd());
        }
        try (TestSocket client = rig.connect()) {
            client.send(("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + HttpRig.BEARER
                            + "\r\nContent-Length: 10\r\n\r\n{")
                    .getBytes(StandardCharsets.US_ASCII));
            assertEquals(408, client.readAnswer().status());
        }
    }

    @Test
    void whoDoesNotReadTheAnswerHoldsNobodyUp() throws IOException {
        try (TestSocket slow = TestSocket.connectNarrow(rig.port())) {
            slow.send((String.join("\r\n", HttpRig.get("/large")) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            assertEquals(200, rig.ask("/now").status());
        }
        assertTrue(Await.until(TestSocket.PATIENCE, () -> rig.limits.connections() == 0));
    }

    @Test
    @Tag("SEC19")
    void connectionsCountAmongAll() throws IOException {
        List<TestSocket> open = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                open.add(rig.connect());
                assertEquals(200, open.get(i).request(HttpRig.get("/now")).status());
            }
            Answer refused = rig.ask("/now");
            assertEquals(429, refused.status());
            assertEquals(
                    "application/problem+json", refused.header("Content-Type").orElse(""));
            assertTrue(refused.header("Retry-After").isPresent());
            // On a connection that has its place, requests go on.
            assertEquals(200, open.get(0).request(HttpRig.get("/now")).status());
        } finally {
            for (TestSocket socket : open) {
                socket.close();
            }
        }
        assertTrue(Await.until(TestSocket.PATIENCE, () -> rig.limits.connections() == 0));
        assertEquals(200, rig.ask("/now").status());
    }

    @Test
    void whileDrainingEveryAnswerIsTheLast() throws Exception {
        try (TestSocket idle = rig.connect();
                TestSocket busy = rig.connect()) {
            assertEquals(
                    "keep-alive",
                    idle.request(HttpRig.get("/now")).header("Connection").orElse(""));
            busy.send((String.join("\r\n", HttpRig.get("/held")) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            CompletableFuture<HttpReply> reply = rig.nextHeld();
            rig.draining = true;
            Thread closing = new Thread(() -> {
                try {
                    rig.service.awaitQuiet(Duration.ofSeconds(10));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            closing.start();
            assertEquals(
                    "close",
                    idle.request(HttpRig.get("/now")).header("Connection").orElse(""));
            assertTrue(closing.isAlive(), "it waits for the answer that lacks");
            reply.complete(HttpReply.empty(204));
            assertEquals("close", busy.readAnswer().header("Connection").orElse(""));
            closing.join(10_000);
            assertFalse(closing.isAlive());
        }
    }
}

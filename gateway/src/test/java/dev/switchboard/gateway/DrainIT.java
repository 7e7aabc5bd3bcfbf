package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.servers.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A gateway that is told to stop sends everybody elsewhere, with answers to what they had asked. */
@ExtendWith(LeakCheck.class)
class DrainIT {
    /** A request that is answered at once, whatever is away. */
    private static final List<String> NOTHING = List.of("GET /api/v1/nothing HTTP/1.1", "Host: a");

    private static GatewayRig rig;

    @BeforeAll
    static void start() throws IOException {
        rig = new GatewayRig();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @Test
    void everybodyIsSentAwayOverTheTimeGiven() throws IOException {
        Gateway gateway = rig.gateway(Map.of("DRAIN", "1s"));
        List<TestSocket> clients = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            clients.add(GatewayRig.user(gateway, "user" + i));
        }
        long start = System.nanoTime();
        gateway.close();
        gateway.close();
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertTrue(millis > 700 && millis < 8_000, "took " + millis + " ms");
        for (TestSocket client : clients) {
            ServerFrame frame = client.nextMessage();
            assertEquals(FrameCase.GOING_AWAY, frame.getFrameCase());
            assertTrue(frame.getGoingAway().getReconnectAfterMs() < 2_000);
            assertEquals(1012, client.closeCode());
            client.close();
        }
        assertThrows(IOException.class, () -> TestSocket.connect(gateway.port()));
    }

    /** Nobody here reconnects: when they would is told by when they were closed and by what they were told to wait. */
    @Test
    @Tag("F02")
    void nobodyIsSentElsewhereTogetherWithAFifthOfTheOthers() throws IOException {
        Gateway gateway = rig.gateway(Map.of("DRAIN", "10s"));
        List<TestSocket> clients = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            clients.add(GatewayRig.user(gateway, "user" + i));
        }
        long start = System.nanoTime();
        CompletableFuture<Void> closing = CompletableFuture.runAsync(gateway::close);
        Map<TestSocket, Long> closed = new HashMap<>();
        assertTrue(Await.until(Duration.ofSeconds(30), () -> {
            for (TestSocket client : clients) {
                if (client.ended()) {
                    closed.putIfAbsent(client, System.nanoTime());
                }
            }
            return closed.size() == clients.size() && closing.isDone();
        }));
        assertTrue(System.nanoTime() - start <= Duration.ofSeconds(30).toNanos());
        List<Long> back = new ArrayList<>();
        for (TestSocket client : clients) {
            int wait = client.await(FrameCase.GOING_AWAY).getGoingAway().getReconnectAfterMs();
            assertEquals(1012, client.closeCode());
            back.add(closed.getOrDefault(client, 0L) + TimeUnit.MILLISECONDS.toNanos(wait));
            client.close();
        }
        Collections.sort(back);
        int most = 0;
        for (int from = 0, to = 0; to < back.size(); to++) {
            while (back.get(to) - back.get(from) >= 1_000_000_000L) {
                from++;
            }
            most = Math.max(most, to - from + 1);
        }
        assertTrue(most <= clients.size() / 5, most + " of " + clients.size() + " in one second");
    }

    @Test
    void whoSendsAfterGoingAwayIsToldSo() throws IOException {
        Gateway gateway = rig.gateway();
        try (TestSocket client = GatewayRig.user(gateway, "late")) {
            CompletableFuture<Void> closing = CompletableFuture.runAsync(gateway::close);
            client.await(FrameCase.GOING_AWAY);
            client.send(TestSocket.say("too late"));
            assertEquals(
                    RefusalCode.GOING_AWAY,
                    client.await(FrameCase.REFUSED).getRefused().getCode());
            assertEquals(1012, client.closeCode());
            closing.join();
        }
    }

    @Test
    void whatIsUnderWayIsAnsweredBeforeTheClose() throws IOException {
        Gateway gateway = rig.gateway();
        try (TestSocket client = GatewayRig.user(gateway, "ana")) {
            for (int i = 0; i < 10; i++) {
                client.send(TestSocket.say("last words " + i));
            }
            // The first answer tells that the gateway has them; the rest is under way or refused, but never silent.
            client.await(FrameCase.ACCEPTED);
            gateway.close();
            assertEquals(1012, client.closeCode());
            long answers = client.received().stream()
                    .filter(frame -> frame.opcode() == 2)
                    .map(TestSocket.Frame::message)
                    .filter(frame -> frame.hasAccepted() || frame.hasRefused())
                    .count();
            assertEquals(10, answers);
        }
    }

    @Test
    void aRequestUnderWayIsAnsweredAndNobodyNewComesIn() throws IOException {
        Gateway gateway = rig.gateway();
        int port = gateway.port();
        try (TestSocket slow = TestSocket.connect(port);
                TestSocket kept = TestSocket.connect(port);
                TestSocket late = TestSocket.connect(port)) {
            assertEquals(
                    "keep-alive", kept.request(NOTHING).header("Connection").orElse(""));
            CompletableFuture<Void> closing = closeWhileWaitingForRedis(gateway, slow);
            awaitRefused(port);
            assertLast(404, kept.request(NOTHING), kept);
            // Who was connected already, but is no client yet, is none any more.
            List<String> handshake = TestSocket.handshakeLines("switchboard.v1");
            handshake.add("Authorization: Bearer " + GatewayRig.token("late"));
            TestSocket.Answer refused = late.request(handshake);
            assertLast(503, refused, late);
            assertTrue(refused.header("Retry-After").isPresent());
            assertFalse(closing.isDone());

            rig.redis().resume();
            TestSocket.Answer answer = slow.readAnswer();
            assertLast(200, answer, slow);
            // There is no database here. Redis is the one that was waited for.
            assertTrue(answer.body().contains("\"missing\":[\"mysql\"]"), answer.body());
            closing.join();
        } finally {
            rig.redis().resume();
        }
    }

    @Test
    void aRequestThatWouldWaitTooLongIsRefusedBeforeTheEnd() throws IOException {
        Gateway gateway = rig.gateway(Map.of("REDIS_TIMEOUT", "10s"));
        try (TestSocket slow = TestSocket.connect(gateway.port())) {
            long start = System.nanoTime();
            CompletableFuture<Void> closing = closeWhileWaitingForRedis(gateway, slow);
            TestSocket.Answer answer = slow.readAnswer();
            assertLast(503, answer, slow);
            ApiClient.assertProblem(503, "UNAVAILABLE", answer);
            closing.join();
            long millis = (System.nanoTime() - start) / 1_000_000;
            assertTrue(millis < 8_000, "took " + millis + " ms");
        } finally {
            rig.redis().resume();
        }
    }

    /** Asks for what only Redis can answer, which doesn't, and has the gateway stop meanwhile. */
    private static CompletableFuture<Void> closeWhileWaitingForRedis(Gateway gateway, TestSocket client)
            throws IOException {
        rig.redis().pause();
        List<String> lines = List.of(
                "GET /api/v1/conversations HTTP/1.1", "Host: a", "Authorization: Bearer " + GatewayRig.token("ana"));
        client.send((String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        assertTrue(Await.until(TestSocket.PATIENCE, () -> Metrics.value(gateway, "http_under_way") == 1));
        return CompletableFuture.runAsync(gateway::close);
    }

    private static void awaitRefused(int port) {
        assertTrue(Await.until(TestSocket.PATIENCE, () -> {
            try (TestSocket another = TestSocket.connect(port)) {
                return another.ended();
            } catch (IOException e) {
                return true;
            }
        }));
    }

    /** The answer says that it is the last one of its connection, and nothing comes behind it but the end. */
    private static void assertLast(int status, TestSocket.Answer answer, TestSocket client) throws IOException {
        assertEquals(status, answer.status(), answer.body());
        assertEquals("close", answer.header("Connection").orElse(""));
        assertEquals(0, client.readToEnd());
    }
}

package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.TestSocket.Answer;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Refused;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.servers.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** More than a gateway can do: who is new waits outside, who is here is told what to do, and afterwards all is as before. */
@ExtendWith(LeakCheck.class)
class OverloadIT {
    private static final String IN_FLIGHT = "overloaded: too many messages are on their way into the log";

    private GatewayRig rig;

    @BeforeEach
    void start() throws IOException {
        rig = new GatewayRig();
    }

    @AfterEach
    void stop() {
        rig.redis().resume();
        rig.close();
    }

    private static List<String> handshake(String user) {
        List<String> lines = TestSocket.handshakeLines("switchboard.v1");
        lines.add("Authorization: Bearer " + GatewayRig.token(user));
        return lines;
    }

    private static int retryAfter(Answer answer) {
        return Integer.parseInt(answer.header("Retry-After").orElse("0"));
    }

    @Test
    @Tag("SEC19")
    void whoIsNewIsRefusedBeforeWhoIsHereIs() throws IOException {
        Gateway gateway = rig.gateway(Map.of("APPENDS_IN_FLIGHT_MAX", "20", "RATE_USER_BURST", "100"));
        try (TestSocket ana = GatewayRig.user(gateway, "ana")) {
            rig.redis().pause();
            for (int i = 0; i < 15; i++) {
                ana.send(TestSocket.say("m" + i));
            }
            assertTrue(Await.until(TestSocket.PATIENCE, () -> Metrics.value(gateway, "appends_in_flight") == 15));
            assertFalse(gateway.notReady().contains(IN_FLIGHT), "three quarters are no overload yet");
            ana.send(TestSocket.say("m15"));
            assertTrue(Await.until(TestSocket.PATIENCE, () -> gateway.notReady().contains(IN_FLIGHT)));
            Set<Integer> spread = new HashSet<>();
            for (int i = 0; i < 12; i++) {
                Answer answer = TestSocket.ask(gateway.port(), handshake("late"));
                assertEquals(503, answer.status());
                spread.add(retryAfter(answer));
            }
            assertTrue(spread.size() > 1 && spread.stream().allMatch(s -> s >= 1 && s <= 10), spread::toString);

            for (int i = 16; i < 23; i++) {
                ana.send(TestSocket.say("m" + i));
            }
            for (int i = 0; i < 3; i++) {
                Refused refused = ana.await(FrameCase.REFUSED).getRefused();
                assertEquals(RefusalCode.OVERLOADED, refused.getCode());
                assertTrue(refused.getRetryable());
                assertTrue(refused.getRetryAfterMs() >= 1_000 && refused.getRetryAfterMs() <= 3_000);
            }
            rig.redis().resume();
            for (int i = 0; i < 20; i++) {
                ServerFrame answer = ana.await(frame -> frame.hasAccepted() || frame.hasRefused());
                assertTrue(answer.hasAccepted(), answer::toString);
            }
            assertTrue(Await.until(TestSocket.PATIENCE, () -> gateway.notReady().isEmpty()));
            assertEquals(101, TestSocket.ask(gateway.port(), handshake("late")).status());
        }
    }

    @Test
    void appendsInFlightAreBoundedInBytesToo() throws IOException {
        Gateway gateway = rig.gateway(Map.of(
                "APPEND_BYTES_IN_FLIGHT_MAX", "1MiB", "TEXT_CODE_POINTS_MAX", "16000", "RATE_USER_BURST", "100"));
        String text = "x".repeat(16_000);
        try (TestSocket ana = GatewayRig.user(gateway, "ana");
                TestSocket bob = GatewayRig.user(gateway, "bob")) {
            rig.redis().pause();
            for (TestSocket client : List.of(ana, bob)) {
                for (int i = 0; i < 20; i++) {
                    client.send(TestSocket.say(text));
                }
            }
            ServerFrame answer = bob.await(frame -> frame.hasAccepted() || frame.hasRefused());
            assertEquals(RefusalCode.OVERLOADED, answer.getRefused().getCode(), answer::toString);
            // Each counts as its two bytes a character, and what it takes besides.
            assertEquals(32, Metrics.value(gateway, "appends_in_flight"));
            assertTrue(gateway.notReady().contains(IN_FLIGHT));
        }
    }

    @Test
    void nobodyNewIsLetInWhileRedisIsSlow() throws IOException {
        Gateway gateway = rig.gateway(Map.of("REDIS_TIMEOUT", "2s"));
        try (TestSocket ana = GatewayRig.user(gateway, "ana")) {
            rig.redis().pause();
            ana.send(TestSocket.say("slow"));
            assertTrue(Await.until(
                    TestSocket.PATIENCE,
                    () -> gateway.notReady().contains("overloaded: Redis is slow to take messages")));
            Answer answer = TestSocket.ask(gateway.port(), handshake("late"));
            assertEquals(503, answer.status());
            assertTrue(retryAfter(answer) > 0);
            rig.redis().resume();
            assertTrue(Await.until(TestSocket.PATIENCE, () -> gateway.notReady().isEmpty()));
        }
    }

    /** A gateway dies, and all of its clients come to another at once. */
    @Test
    @Tag("F22")
    @Tag("SEC19")
    void aStormOfReconnectsIsSpreadAndEverybodyGetsIn() throws InterruptedException, IOException {
        int clients = 2_000;
        int perSecond = 300;
        Gateway gateway = rig.gateway(Map.of(
                "HANDSHAKES_PER_SECOND_MAX", Integer.toString(perSecond),
                "CONNECTIONS_PER_ADDRESS_MAX", "10000",
                "PING_INTERVAL", "5m"));
        Storm storm = new Storm(gateway);
        try {
            long start = System.nanoTime();
            for (int i = 0; i < clients; i++) {
                storm.connect("user" + i);
            }
            assertTrue(Await.until(Duration.ofSeconds(60), () -> storm.in.get() == clients), storm::toString);
            double seconds = (System.nanoTime() - start) / 1e9;
            // Only what the first second let in comes for free.
            assertTrue(seconds >= (double) clients / perSecond - 1, "too fast: " + seconds + " s");
            assertTrue(storm.refused.get() > 0, storm::toString);
            assertEquals(clients, Metrics.handshakes(gateway, "ok"));
            assertEquals(clients, Metrics.value(gateway, "connections"));
            try (TestSocket ana = GatewayRig.user(gateway, "ana")) {
                ana.send(TestSocket.say("hola"));
                ana.await(FrameCase.ACCEPTED);
            }
        } finally {
            storm.close();
        }
    }

    /** Clients that connect, and where they are refused do as they are told. */
    private static final class Storm implements AutoCloseable {
        final AtomicInteger in = new AtomicInteger();
        final AtomicInteger refused = new AtomicInteger();
        final AtomicInteger failed = new AtomicInteger();
        private final Gateway gateway;
        private final Queue<TestSocket> open = new ConcurrentLinkedQueue<>();
        private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(16);

        Storm(Gateway gateway) {
            this.gateway = gateway;
        }

        void connect(String user) {
            threads.execute(() -> attempt(user));
        }

        private void attempt(String user) {
            try {
                TestSocket socket = TestSocket.connect(gateway.port());
                open.add(socket);
                Answer answer = socket.request(handshake(user));
                if (answer.status() == 101) {
                    in.incrementAndGet();
                } else if (answer.status() == 503 && retryAfter(answer) > 0) {
                    refused.incrementAndGet();
                    socket.close();
                    threads.schedule(() -> attempt(user), retryAfter(answer), TimeUnit.SECONDS);
                } else {
                    failed.incrementAndGet();
                }
            } catch (IOException e) {
                failed.incrementAndGet();
            }
        }

        @Override
        public void close() throws IOException {
            threads.shutdownNow();
            for (TestSocket socket : open) {
                socket.close();
            }
        }

        @Override
        public String toString() {
            return "in=" + in + " refused=" + refused + " failed=" + failed;
        }
    }
}

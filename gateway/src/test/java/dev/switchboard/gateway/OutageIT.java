package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.log.RedisMemory;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Ping;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Refused;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.servers.Await;
import dev.switchboard.wire.Keys;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Redis is frozen, full, or dies and comes back: clients are told in time, stay connected, and go on as if nothing had been. */
@ExtendWith(LeakCheck.class)
class OutageIT {
    private static final Duration ANSWER_MAX = Duration.ofMillis(2_500);

    private GatewayRig rig;
    private Gateway a;
    private Gateway b;

    @BeforeEach
    void start() throws IOException {
        rig = new GatewayRig();
        a = rig.gateway(Map.of("RATE_USER_BURST", "100"));
        b = rig.gateway();
    }

    @AfterEach
    void stop() {
        rig.redis().resume();
        rig.close();
    }

    private static Accepted accepted(TestSocket client, Send.Builder send) throws IOException {
        client.send(send);
        return client.await(FrameCase.ACCEPTED).getAccepted();
    }

    private static Refused refusedInTime(TestSocket client, Send.Builder send) throws IOException {
        long start = System.nanoTime();
        client.send(send);
        Refused refused = client.await(FrameCase.REFUSED).getRefused();
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertTrue(millis < ANSWER_MAX.toMillis(), "after " + millis + " ms");
        assertTrue(refused.getRetryable());
        return refused;
    }

    /** Sends the same message until it is accepted, as a client would. */
    private static Accepted retried(TestSocket client, Send.Builder send) throws IOException {
        ServerFrame[] answer = new ServerFrame[1];
        boolean done = Await.until(TestSocket.PATIENCE, () -> {
            try {
                client.send(send);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            answer[0] = client.await(frame -> frame.hasAccepted() || frame.hasRefused());
            return answer[0].hasAccepted();
        });
        assertTrue(done, () -> String.valueOf(answer[0]));
        return answer[0].getAccepted();
    }

    @Test
    void aFrozenRedisIsToldInTimeAndForgottenAfterwards() throws IOException {
        try (TestSocket ana = GatewayRig.user(a, "ana");
                TestSocket phone = GatewayRig.user(b, "ana")) {
            Accepted before = accepted(ana, TestSocket.say("before"));
            rig.redis().pause();
            Send.Builder lost = TestSocket.say("during");
            RefusalCode code = refusedInTime(ana, lost).getCode();
            assertTrue(Set.of(RefusalCode.TIMEOUT, RefusalCode.UNAVAILABLE).contains(code), code::name);
            assertEquals(1, Metrics.refused(a, code.name()));
            assertTrue(Await.until(TestSocket.PATIENCE, () -> !a.notReady().isEmpty()));
            List<String> lines = TestSocket.handshakeLines("switchboard.v1");
            lines.add("Authorization: Bearer " + GatewayRig.token("late"));
            TestSocket.Answer late = TestSocket.ask(a.port(), lines);
            assertEquals(503, late.status());
            assertTrue(late.header("Retry-After").isPresent());

            rig.redis().resume();
            Accepted again = retried(ana, lost);
            assertEquals(before.getSeq() + 1, again.getSeq(), "once, whether the first try had arrived or not");
            phone.await(frame -> frame.getMessage().getText().equals("during"));
            assertEquals(
                    1,
                    phone.received().stream()
                            .filter(frame ->
                                    frame.message().getMessage().getText().equals("during"))
                            .count());
            assertFalse(ana.ended() || phone.ended());
        }
    }

    @Test
    void aKilledRedisComesBackInANewEpoch() throws IOException {
        try (TestSocket ana = GatewayRig.user(a, "ana");
                TestSocket phone = GatewayRig.user(b, "ana");
                TestSocket admin = GatewayRig.admin(b, "sofia")) {
            Accepted before = accepted(ana, TestSocket.say("before"));
            phone.await(FrameCase.MESSAGE);
            rig.redis().kill();
            Send.Builder during = TestSocket.say("during");
            assertEquals(RefusalCode.UNAVAILABLE, refusedInTime(ana, during).getCode());
            rig.redis().restart();

            Accepted after = retried(ana, during);
            assertTrue(after.getEpoch() > before.getEpoch(), () -> before + " then " + after);
            assertEquals(before.getConversation(), after.getConversation());
            // Nobody asked for it: the hint to look whether something was missed.
            for (TestSocket client : List.of(phone, admin)) {
                ServerFrame sync = client.await(frame -> frame.hasSync() && frame.getRef() == 0);
                assertEquals(client == phone ? 1 : 0, sync.getSync().getHeadsCount());
            }
            accepted(ana, TestSocket.say("again"));
            Set<String> seen = new HashSet<>();
            assertTrue(Await.until(TestSocket.PATIENCE, () -> {
                phone.received()
                        .forEach(frame -> seen.add(frame.message().getMessage().getText()));
                return seen.contains("again");
            }));
            assertTrue(Metrics.value(b, "bus_reconnects_total") >= 1);
            assertFalse(ana.ended() || phone.ended() || admin.ended());
        }
    }

    /** Full by the bound of ours, below Redis' own: what Redis refuses by itself is a test of the script. */
    @Test
    void aRedisThatFillsUpTakesRetriesAndNothingNew() throws IOException {
        RedisClient client = RedisClient.create(rig.redis().url());
        try (StatefulRedisConnection<String, String> redis = client.connect();
                TestSocket ana = GatewayRig.user(a, "ana");
                TestSocket phone = GatewayRig.user(b, "ana")) {
            Send.Builder first = TestSocket.say("first");
            Accepted before = accepted(ana, first);
            phone.await(FrameCase.MESSAGE);
            // Far more than what buffers and scripts take at times.
            redis.sync().setrange("ballast", 16 << 20, "x");
            long used = RedisMemory.of(redis.sync().info("memory")).used();
            redis.sync().configSet("maxmemory", Long.toString(used * 10 / 9));
            assertTrue(Await.until(
                    TestSocket.PATIENCE,
                    () -> a.notReady().stream().anyMatch(why -> why.startsWith("Redis' memory is over 80 %"))));

            assertEquals(
                    RefusalCode.BACKLOG_FULL,
                    refusedInTime(ana, TestSocket.say("second")).getCode());
            Accepted again = accepted(ana, first);
            assertTrue(again.getDuplicate());
            assertEquals(before.getSeq(), again.getSeq());

            redis.sync().configSet("maxmemory", "1gb");
            assertEquals(
                    before.getSeq() + 1, retried(ana, TestSocket.say("third")).getSeq());
            assertEquals("third", phone.await(FrameCase.MESSAGE).getMessage().getText());
        } finally {
            client.shutdown();
        }
    }

    /** Full by Redis' own bound: it refuses the script as a whole, though it would still publish. */
    @Test
    @Tag("T15")
    void nobodyIsShownWhatAFullRedisDidNotStore() throws IOException {
        Gateway unbounded = rig.gateway(Map.of("REDIS_MEMORY_PERCENT_MAX", "100", "RATE_USER_BURST", "1000"));
        rig.withRedis(redis -> {
            try (TestSocket ana = GatewayRig.user(unbounded, "ana");
                    TestSocket phone = GatewayRig.user(b, "ana");
                    TestSocket admin = GatewayRig.admin(b, "sofia")) {
                Send.Builder first = TestSocket.say("before");
                Accepted before = accepted(ana, first);
                assertTrue(Await.until(TestSocket.PATIENCE, () -> {
                    // Before the gateway has looked: it would refuse by itself then.
                    redis.sync().configSet("maxmemory", "1mb");
                    assertEquals(RefusalCode.BACKLOG_FULL, refusal(ana, TestSocket.say("not stored")));
                    assertEquals(before.getSeq(), again(ana, first).getSeq(), "what was stored is stored");
                    assertTrue(redis.sync().spublish(Keys.userRoom("ana"), "") > 0, "publishing goes on");
                    redis.sync().configSet("maxmemory", "1gb");
                    assertTrue(Await.until(
                            TestSocket.PATIENCE, () -> unbounded.notReady().isEmpty()));
                    return redis.sync().info("errorstats").contains("errorstat_OOM");
                }));
                assertEquals(
                        before.getSeq() + 1,
                        accepted(ana, TestSocket.say("after")).getSeq());
                admin.await(frame -> frame.getNotice().getPreview().equals("after"));
                phone.await(frame -> frame.getMessage().getText().equals("after"));
                for (TestSocket other : List.of(phone, admin)) {
                    assertTrue(other.received().stream()
                            .noneMatch(frame -> frame.message().toString().contains("not stored")));
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    private static Accepted again(TestSocket client, Send.Builder send) {
        try {
            return accepted(client, send);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static RefusalCode refusal(TestSocket client, Send.Builder send) {
        try {
            return refusedInTime(client, send).getCode();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void readingStopsWhileTooManySendsAreUnanswered() throws IOException {
        try (TestSocket ana = GatewayRig.user(a, "ana");
                TestSocket bob = GatewayRig.user(a, "bob")) {
            rig.redis().pause();
            double before = Metrics.value(a, "messages_total{direction=\"in\"}");
            for (int i = 0; i < 50; i++) {
                ana.send(TestSocket.say("message " + i));
            }
            assertTrue(Await.until(
                    TestSocket.PATIENCE, () -> Metrics.value(a, "messages_total{direction=\"in\"}") >= before + 32));
            // Another connection's turn comes all the same; by then the first would have been read on.
            bob.send(ClientFrame.newBuilder().setPing(Ping.getDefaultInstance()).build());
            bob.await(FrameCase.PONG);
            assertEquals(before + 32, Metrics.value(a, "messages_total{direction=\"in\"}"));
            rig.redis().resume();
            int answers = 0;
            while (answers < 50) {
                ServerFrame frame = ana.nextMessage();
                answers += frame.hasAccepted() || frame.hasRefused() ? 1 : 0;
            }
            assertEquals(before + 50, Metrics.value(a, "messages_total{direction=\"in\"}"));
        }
    }
}

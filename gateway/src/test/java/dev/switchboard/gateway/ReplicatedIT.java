package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Refused;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.proto.v1.Watch;
import dev.switchboard.servers.Await;
import dev.switchboard.servers.RedisServer;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import io.lettuce.core.KillArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code replicated(1)}: two gateways, a primary and a replica, and a network between them that fails. */
@ExtendWith(LeakCheck.class)
class ReplicatedIT {
    private static final long ANSWER_MILLIS_MAX = 700;
    private static final Partition PARTITION = Partition.ofOwner("ana");
    private static final Map<String, String> REPLICATED =
            Map.of("ACK_DURABILITY", "replicated(1)", "RATE_USER_BURST", "1000");

    @TempDir
    Path directory;

    private GatewayRig rig;
    private ReplicaLink link;
    private RedisServer replica;
    private Gateway a;
    private Gateway b;

    @BeforeEach
    void start() throws IOException {
        rig = new GatewayRig();
        // Nobody else is coming whom the copy could be shared with.
        rig.withRedis(redis -> redis.sync().configSet("repl-diskless-sync-delay", "0"));
        link = new ReplicaLink(rig.redis().port());
        replica = RedisServer.start(RedisServer.Options.in(directory).replicaOf(rig.redis(), link.port()));
        // It counts as there before it has taken its copy in.
        rig.withRedis(redis -> assertTrue(Await.until(TestSocket.PATIENCE, () -> {
            redis.sync().set("warm", "up");
            return redis.sync().waitForReplication(1, 200) == 1;
        })));
        a = rig.gateway(REPLICATED);
        b = rig.gateway(REPLICATED);
    }

    @AfterEach
    void stop() throws IOException {
        // A primary that is told to stop waits for its replicas.
        link.heal();
        rig.redis().resume();
        rig.close();
        replica.close();
        link.close();
    }

    private static ServerFrame answer(TestSocket client, Send.Builder send) throws IOException {
        client.send(send);
        return client.await(frame -> (frame.hasAccepted() || frame.hasRefused())
                && (frame.getAccepted().getClientMsgId().equals(send.getClientMsgId())
                        || frame.getRefused().getClientMsgId().equals(send.getClientMsgId())));
    }

    private static Accepted accepted(TestSocket client, Send.Builder send) throws IOException {
        ServerFrame answer = answer(client, send);
        assertTrue(answer.hasAccepted(), answer::toString);
        return answer.getAccepted();
    }

    private static void assertNotReplicatedInTime(TestSocket client, Send.Builder send) throws IOException {
        long start = System.nanoTime();
        ServerFrame answer = answer(client, send);
        long millis = (System.nanoTime() - start) / 1_000_000;
        Refused refused = answer.getRefused();
        assertEquals(RefusalCode.NOT_REPLICATED, refused.getCode(), answer::toString);
        assertTrue(refused.getRetryable() && refused.getRetryAfterMs() > 0, answer::toString);
        assertTrue(millis <= ANSWER_MILLIS_MAX, "after " + millis + " ms");
    }

    @Test
    @Tag("F13")
    void nothingIsAcceptedWhileTheReplicaIsCutOffAndNothingTwiceAfterwards() throws IOException {
        try (TestSocket ana = GatewayRig.user(a, "ana");
                TestSocket elsewhere = GatewayRig.user(b, "ana");
                TestSocket phone = GatewayRig.user(b, "ana")) {
            Accepted before = accepted(ana, TestSocket.say("before"));
            link.cut();
            List<Send.Builder> during = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                Send.Builder send = TestSocket.say("during " + i);
                during.add(send);
                assertNotReplicatedInTime(ana, send);
                assertNotReplicatedInTime(i % 2 == 0 ? ana : elsewhere, send);
            }
            assertTrue(Await.until(
                    TestSocket.PATIENCE,
                    () -> a.notReady().contains("replicas of Redis that keep up: 0 of 1")
                            && b.notReady().contains("replicas of Redis that keep up: 0 of 1")));
            for (Send.Builder send : during) {
                assertNotReplicatedInTime(elsewhere, send);
            }
            link.heal();
            assertTrue(Await.until(TestSocket.PATIENCE, () -> a.notReady().isEmpty()));

            for (int i = 0; i < during.size(); i++) {
                Accepted first = accepted(ana, during.get(i));
                Accepted second = accepted(elsewhere, during.get(i));
                assertTrue(first.getDuplicate());
                assertEquals(before.getSeq() + 1 + i, first.getSeq());
                assertEquals(first, second);
            }
            assertEachOnce(phone, during.size() + 1);
        }
    }

    /** In the log, and at another device. */
    private void assertEachOnce(TestSocket device, int messages) {
        rig.withRedis(redis ->
                assertEquals(Integer.toString(messages), redis.sync().hget(Keys.partition(PARTITION), "count")));
        Set<Integer> shown = new HashSet<>();
        assertTrue(Await.until(TestSocket.PATIENCE, () -> {
            device.received().stream()
                    .filter(frame -> frame.message().hasMessage())
                    .forEach(frame -> shown.add(frame.message().getMessage().getSeq()));
            return shown.size() == messages;
        }));
        assertEquals(
                messages,
                device.received().stream()
                        .filter(frame -> frame.message().hasMessage())
                        .count());
    }

    /** Where the first try was told to nobody and nothing was written since, only a retry that is written again can wait. */
    @Test
    @Tag("F13")
    void aRetryOverAnotherConnectionIsNotAcceptedForWantOfSomethingToWaitFor() throws IOException {
        try (TestSocket ana = GatewayRig.user(a, "ana");
                TestSocket elsewhere = GatewayRig.user(b, "ana")) {
            link.cut();
            Send.Builder send = TestSocket.say("once");
            assertNotReplicatedInTime(ana, send);
            for (int i = 0; i < 3; i++) {
                assertNotReplicatedInTime(elsewhere, send);
            }
        }
    }

    private static boolean awaitsReplicas(StatefulRedisConnection<String, String> redis) {
        return redis.sync().info("clients").matches("(?s).*blocked_clients:[1-9].*");
    }

    /** A new connection has written nothing, so that Redis answers its WAIT at once with all replicas there are. */
    @Test
    void aConnectionThatBreaksWhileReplicasAreAwaitedAcceptsNothing() throws IOException {
        try (TestSocket ana = GatewayRig.user(a, "ana")) {
            accepted(ana, TestSocket.say("before"));
            link.cut();
            Send.Builder send = TestSocket.say("during");
            ana.send(send);
            rig.withRedis(redis -> {
                assertTrue(Await.until(TestSocket.PATIENCE, () -> awaitsReplicas(redis)));
                redis.sync().clientKill(KillArgs.Builder.typeNormal().skipme());
            });
            ServerFrame answer = ana.await(frame -> frame.hasAccepted() || frame.hasRefused());
            assertEquals(RefusalCode.UNAVAILABLE, answer.getRefused().getCode(), answer::toString);
            assertTrue(Await.until(
                    TestSocket.PATIENCE,
                    () -> a.notReady().stream().noneMatch(why -> why.startsWith("an event loop"))));
            assertNotReplicatedInTime(ana, send);
            link.heal();
            boolean[] duplicate = {false};
            assertTrue(Await.until(TestSocket.PATIENCE, () -> {
                try {
                    Accepted again = answer(ana, send).getAccepted();
                    duplicate[0] = again.getDuplicate();
                    return again.getSeq() == 2;
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }));
            assertTrue(duplicate[0]);
        }
    }

    /** What waits for replicas waits on a connection of its own: who only reads does not wait with it. */
    @Test
    void whoReadsDoesNotWaitForReplicas() throws IOException {
        try (TestSocket ana = GatewayRig.user(a, "ana");
                TestSocket admin = GatewayRig.admin(a, "sofia")) {
            Accepted before = accepted(ana, TestSocket.say("before"));
            link.cut();
            long waited = 0;
            long asked = 0;
            for (int i = 0; i < 10; i++) {
                long start = System.nanoTime();
                ana.send(TestSocket.say("during " + i));
                admin.send(ClientFrame.newBuilder()
                        .setRef(100 + i)
                        .setWatch(Watch.newBuilder().setConversation(before.getConversation()))
                        .build());
                int ref = 100 + i;
                admin.await(frame -> frame.getRef() == ref && frame.hasSync());
                asked += System.nanoTime() - start;
                ana.await(FrameCase.REFUSED);
                waited += System.nanoTime() - start;
            }
            assertTrue(asked < waited / 2, "reading took " + asked + " ns, sending " + waited);
        }
    }

    @Test
    void aFrozenRedisIsToldInTimeWhileReplicasAreAwaited() throws IOException {
        try (TestSocket ana = GatewayRig.user(a, "ana")) {
            accepted(ana, TestSocket.say("before"));
            link.cut();
            // Connected beforehand: a WAIT is over in a moment.
            rig.withRedis(redis -> assertTrue(Await.until(TestSocket.PATIENCE, () -> {
                Send.Builder send = TestSocket.say("during");
                try {
                    ana.send(send);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
                Await.until(TestSocket.PATIENCE, () -> awaitsReplicas(redis));
                rig.redis().pause();
                long start = System.nanoTime();
                Refused refused = ana.await(FrameCase.REFUSED).getRefused();
                long millis = (System.nanoTime() - start) / 1_000_000;
                assertTrue(millis < 2_500, "after " + millis + " ms");
                rig.redis().resume();
                // It may have been over all the same, before Redis stood still.
                return refused.getCode() == RefusalCode.TIMEOUT;
            })));
            assertFalse(ana.ended());
        }
    }
}

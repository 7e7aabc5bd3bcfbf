package dev.switchboard.local;

import static dev.switchboard.local.HttpApi.fields;
import static dev.switchboard.local.Site.messagesOf;
import static dev.switchboard.local.Site.say;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Head;
import dev.switchboard.proto.v1.LanePosition;
import dev.switchboard.proto.v1.Resume;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.servers.Await;
import dev.switchboard.servers.Forwarder;
import dev.switchboard.servers.RedisServer;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole system over a primary and its replica, behind an address that leads to whichever is in charge. */
class FailOverSystemIT {
    @TempDir
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private RedisServer primary;

    @SuppressWarnings("NullAway.Init")
    private RedisServer replica;

    @SuppressWarnings("NullAway.Init")
    private Forwarder link;

    @SuppressWarnings("NullAway.Init")
    private Forwarder address;

    @SuppressWarnings("NullAway.Init")
    private LocalStack stack;

    @BeforeEach
    void start() {
        primary =
                RedisServer.start(RedisServer.Options.in(dir.resolve("primary")).with("repl-diskless-sync-delay", "0"));
        link = new Forwarder(primary.port());
        address = new Forwarder(primary.port());
        replica =
                RedisServer.start(RedisServer.Options.in(dir.resolve("replica")).replicaOf(primary, link.port()));
        String url = primary.over(address.port(), primary.url());
        LocalConfig own = LocalConfig.random(dir.resolve("stack"), 2, 1)
                .with("SWITCHBOARD_REDIS_URL", url)
                .with("SWITCHBOARD_LEASE", "3s")
                .with("SWITCHBOARD_RATE_USER_BURST", "10000")
                .with("SWITCHBOARD_HTTP_RATE_USER_PER_MINUTE", "600000")
                .with("SWITCHBOARD_HTTP_RATE_USER_BURST", "10000")
                .with("SWITCHBOARD_DRAIN", "0s");
        stack = Site.start(new LocalConfig(
                own.data(),
                own.count(),
                own.ports(),
                new LocalConfig.External(Optional.of(url), Optional.empty(), Optional.empty(), Duration.ofHours(1)),
                own.variables()));
    }

    @AfterEach
    void stop() {
        stack.close();
        replica.close();
        address.close();
        link.close();
        primary.close();
    }

    @Test
    @Tag("T3")
    @Tag("T4")
    void connectedClientsLoseNothingWhenAReplicaThatLacksTheEndIsPromoted() {
        try (ChatClient ana = chat("ana");
                ChatClient bob = chat("bob")) {
            Accepted third = say(ana, "1", "2", "3");
            HttpApi api = new HttpApi(stack.gatewayUrls().get(0), token("ana"));
            Site.awaitStored(api, messagesOf(third), 3);
            awaitReplicated();
            // From here on nothing is stored, and nothing reaches the replica.
            stack.database().orElseThrow().kill();
            link.cut();
            List<Send> lost = List.of(accepted(ana, "4"), accepted(ana, "5"));
            Send opening = accepted(bob, "opened and lost");

            failOver();
            // Without being asked everybody hears of it, also who has no conversation any more.
            Head head = ana.await(
                            FrameCase.SYNC,
                            frame -> frame.getSync().getHeadsCount() == 1
                                    && frame.getSync().getHeads(0).getEpoch() != third.getEpoch())
                    .frame()
                    .getSync()
                    .getHeads(0);
            assertTrue(Integer.compareUnsigned(head.getEpoch(), third.getEpoch()) > 0);
            assertEquals(3, head.getSeq());
            bob.await(FrameCase.SYNC, frame -> frame.getSync().getHeadsCount() == 0);
            Head beyond = resume(ana, third, 5);
            assertTrue(beyond.getResyncRequired());
            assertTrue(beyond.getRetryAfterMs() >= 1 && beyond.getRetryAfterMs() <= 10_000, beyond::toString);
            assertTrue(resume(ana, third, 3).getComplete());

            // The same ids go out again; MySQL and the worker are still away.
            for (int i = 0; i < lost.size(); i++) {
                Accepted again = repeat(ana, lost.get(i));
                assertFalse(again.getDuplicate());
                assertEquals(4 + i, again.getSeq());
                assertEquals(head.getEpoch(), again.getEpoch());
            }
            Accepted opened = repeat(bob, opening);
            assertEquals(1, opened.getSeq());

            stack.database().orElseThrow().restart();
            Site.awaitStored(api, messagesOf(third), 5);
            JsonObject page = api.object(messagesOf(third));
            assertEquals(List.of("1", "2", "3", "4", "5"), fields(page.getAsJsonArray("messages"), "text"));
            assertTrue(page.get("complete").getAsBoolean());
            HttpApi bobs = new HttpApi(stack.gatewayUrls().get(0), token("bob"));
            Site.awaitStored(bobs, messagesOf(opened), 1);
            assertEquals(
                    List.of("opened and lost"),
                    fields(bobs.object(messagesOf(opened)).getAsJsonArray("messages"), "text"));
        }
    }

    @Test
    @Tag("G10")
    void anEmptiedRedisIsFilledAgainBeforeAnybodySpeaks() {
        try (ChatClient ana = chat("ana")) {
            String[] texts = new String[80];
            for (int i = 0; i < texts.length; i++) {
                texts[i] = "line " + (i + 1);
            }
            Accepted last = say(ana, texts);
            HttpApi api = new HttpApi(stack.gatewayUrls().get(0), token("ana"));
            Site.awaitStored(api, messagesOf(last), 80);

            on(primary, RedisCommands::flushall);
            Head head = ana.await(
                            FrameCase.SYNC,
                            frame -> frame.getSync().getHeadsCount() == 1
                                    && frame.getSync().getHeads(0).getEpoch() != last.getEpoch())
                    .frame()
                    .getSync()
                    .getHeads(0);
            assertEquals(80, head.getSeq());
            assertEquals(80, head.getStoredSeq());
            assertTrue(resume(ana, last, 80).getComplete());
            assertTrue(resume(ana, last, 10).getComplete());
            assertTrue(resume(ana, last, 81).getResyncRequired());
            Accepted next = repeat(ana, ChatClient.message("goes on").build());
            assertEquals(81, next.getSeq());
            assertEquals(last.getConversation(), next.getConversation());
            Site.awaitStored(api, messagesOf(last), 81);
            JsonObject page = api.object(messagesOf(last) + "?limit=100");
            assertEquals(81, page.getAsJsonArray("messages").size());
            assertTrue(page.get("complete").getAsBoolean());
        }
    }

    private String token(String user) {
        return stack.tokens().issue(user, user, false);
    }

    private ChatClient chat(String user) {
        return ChatClient.open(stack.gatewayUrls().get(1), token(user));
    }

    private static Send accepted(ChatClient client, String text) {
        Send send = client.say(text);
        client.await(FrameCase.ACCEPTED);
        return send;
    }

    /** The same again until it is accepted: what is refused meanwhile, or unknown, may be sent again. */
    private static Accepted repeat(ChatClient client, Send send) {
        Accepted[] accepted = new Accepted[1];
        assertTrue(Await.until(Site.PATIENCE, () -> {
            client.send(send);
            ServerFrame answer = client.await(frame -> frame.hasAccepted() || frame.hasRefused());
            accepted[0] = answer.getAccepted();
            assertTrue(answer.hasAccepted() || answer.getRefused().getRetryable(), answer::toString);
            return answer.hasAccepted();
        }));
        return accepted[0];
    }

    private static Head resume(ChatClient client, Accepted accepted, int seq) {
        client.send(ClientFrame.newBuilder()
                .setRef(seq)
                .setResume(Resume.newBuilder()
                        .addPositions(LanePosition.newBuilder()
                                .setConversation(accepted.getConversation())
                                .setEpoch(accepted.getEpoch())
                                .setSeq(seq)))
                .build());
        return client.await(frame -> frame.getRef() == seq).getSync().getHeads(0);
    }

    private void awaitReplicated() {
        Partition partition = Partition.ofOwner("ana");
        assertTrue(Await.until(Site.PATIENCE, () -> {
            String[] last = new String[2];
            on(primary, redis -> last[0] = String.valueOf(redis.hgetall(Keys.partition(partition))));
            on(replica, redis -> last[1] = String.valueOf(redis.hgetall(Keys.partition(partition))));
            return last[0].equals(last[1]);
        }));
    }

    private void failOver() {
        primary.kill();
        on(replica, RedisCommands::replicaofNoOne);
        address.passTo(replica.port());
    }

    /** What to do with a connection to one of them. */
    private interface Step {
        void run(RedisCommands<String, String> redis);
    }

    private static void on(RedisServer server, Step step) {
        RedisClient client = RedisClient.create(server.url());
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            step.run(connection.sync());
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        }
    }
}
